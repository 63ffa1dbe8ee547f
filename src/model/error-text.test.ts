import { describe, expect, it } from 'vitest';
import { commonText, errorText } from './error-text.ts';

describe("somebody's error", () => {
  it.each([
    ['cannot reach redis://:s3cret/x@h:1/0', 'cannot reach redis://***@h:1/0'],
    ["ERR unknown command 'AUTH', with args beginning with: 'user' 's3cret' ", "ERR unknown command 'AUTH'"],
    ["connect(host='h', password='s3cret', db=1)", "connect(host='h', password=***, db=1)"],
    ['{"password": "s3 cret"}', '{"password": ***}'],
    ['two\nlines\u001b[2J', 'two\\u000alines\\u001b[2J'],
    ["READONLY You can't write against a read only replica.", "READONLY You can't write against a read only replica."],
  ])('%j is shown as %j', (text, shown) => expect(errorText(text)).toBe(shown));

  it.each([
    ['MOVED 3999 127.0.0.1:7002', 'MOVED 12000 127.0.0.1:7002'],
    ['MovedError: 12 127.0.0.1:7002', 'MovedError: 13 127.0.0.1:7002'],
    ['read 10.0.0.1:40012 ECONNRESET', 'read 10.0.0.1:40013 ECONNRESET'],
    ["channel 'specific.6a1b90aa12!77ab01cd' is full", "channel 'specific.0a1b90aa34!88ab01ce' is full"],
    ['message 123456 of <Layer object at 0x7f00>', 'message 654321 of <Layer object at 0x7f01>'],
    ['READONLY replica. script: 1f, on @user_script:7.', 'READONLY replica. script: 1f, on @user_script:12.'],
  ])('%j and %j are one', (one, other) => {
    expect(commonText(one)).toBe(commonText(other));
    expect(commonText(one)).toContain('…');
  });

  it.each(['closed with code 1011', 'HTTP 503', 'Error 111 connecting'])('%j keeps its number', (text) =>
    expect(commonText(text)).toBe(text),
  );
});
