/* What the page of `bench run --live` does: it puts what bench sends in the place of what it shows, and says when bench is gone. */
(() => {
  const connection = document.getElementById('connection');
  const address = new URL('events', location.href);
  address.protocol = 'ws:';
  const FIRST_WAIT_MS = 500;
  const LONGEST_WAIT_MS = 5000;
  let waitMs = FIRST_WAIT_MS;
  let lostAt = null;
  let isOver = false;
  let isFull = false;
  let pointer = null;

  const say = (state, text) => {
    document.body.dataset.live = state;
    if (connection.textContent !== text) connection.textContent = text;
  };

  /* What has the keyboard keeps it, and what is under the pointer shows its new value. */
  const replace = (element, markup) => {
    const charts = () => [...element.querySelectorAll('.chart')];
    const focused = charts().indexOf(document.activeElement);
    element.innerHTML = markup;
    charts()[focused]?.focus({ preventScroll: true });
  };

  const show = (parts) => {
    for (const [id, markup] of Object.entries(parts)) replace(document.getElementById(id), markup);
    document.title = `Layerbench: ${document.querySelector('[aria-current=step]')?.textContent ?? 'live'}`;
    if (!pointer) return;
    const at = { bubbles: true, clientX: pointer.x, clientY: pointer.y };
    document.elementFromPoint(pointer.x, pointer.y)?.dispatchEvent(new PointerEvent('pointermove', at));
  };

  const onMessage = ({ data }) => {
    const { parts, next } = JSON.parse(data);
    if (parts) show(parts);
    isFull = next === 'full';
    if (isFull) say('lost', 'As many look at this page as bench shows it to: here it stands still. Trying again.');
    else say('live', 'Live');
    if (next === 'over') {
      isOver = true;
      say('over', 'Over, without a result.');
    }
    if (next === 'reload') location.reload();
  };

  const onClose = () => {
    if (isOver) return;
    lostAt ??= new Date();
    if (!isFull)
      say(
        'lost',
        `No connection since ${lostAt.toLocaleTimeString()}: what is here is of that time. Trying again; if bench has ended, its results are where it said.`,
      );
    setTimeout(connect, waitMs);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  };

  const connect = () => {
    const socket = new WebSocket(address);
    socket.addEventListener('open', () => {
      waitMs = FIRST_WAIT_MS;
      lostAt = null;
    });
    socket.addEventListener('message', onMessage);
    socket.addEventListener('close', onClose);
  };

  document.addEventListener('pointermove', (event) => {
    if (event.isTrusted) pointer = { x: event.clientX, y: event.clientY };
  });
  document.documentElement.addEventListener('pointerleave', () => (pointer = null));
  say('connecting', 'Connecting …');
  connect();
})();
