/*
 * What the page of `bench report -o report.html` does beyond being read: it shows values under the pointer and from key
 * to key, and hands its data out. Without it everything is there but these. It asks nothing of any other place.
 */
'use strict';
(() => {
  const tip = document.getElementById('tip');
  const MARGIN_PX = 14;
  let shown = null;

  /** The mark with a title that an element is in, if any. The browser's own tip would come on top: so the title moves. */
  const titled = (element) => {
    const mark = element.closest?.('.chart [data-title], .chart :has(> title)');
    if (!mark) return null;
    const title = mark.querySelector(':scope > title');
    if (title) {
      mark.setAttribute('data-title', title.textContent);
      title.remove();
    }
    return mark;
  };

  const show = (mark, left, top) => {
    if (mark !== shown) {
      shown?.classList.remove('at');
      mark.classList.add('at');
      shown = mark;
      tip.textContent = mark.getAttribute('data-title');
      tip.hidden = false;
    }
    const { width, height } = tip.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const x = left + MARGIN_PX + width > clientWidth ? left - MARGIN_PX - width : left + MARGIN_PX;
    const y = top + MARGIN_PX + height > clientHeight ? top - MARGIN_PX - height : top + MARGIN_PX;
    tip.style.left = `${Math.max(0, Math.min(x, clientWidth - width))}px`;
    tip.style.top = `${Math.max(0, y)}px`;
  };

  const hide = () => {
    shown?.classList.remove('at');
    shown = null;
    tip.hidden = true;
  };

  /* What the keyboard has gone to stays until the keyboard leaves it. */
  const hideUnlessFocused = () => {
    if (shown && !shown.closest('.chart').matches(':focus-visible')) hide();
  };

  document.addEventListener('pointermove', (event) => {
    const mark = titled(event.target);
    if (mark) show(mark, event.clientX, event.clientY);
    else hideUnlessFocused();
  });

  /* Arrows go from mark to mark of the chart that has the focus. */
  const step = (chart, key) => {
    const marks = [...chart.querySelectorAll('[data-title], :has(> title)')];
    const at = marks.indexOf(shown);
    const last = marks.length - 1;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[key];
    return marks[Math.max(0, Math.min(to, last))];
  };

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
    const chart = document.activeElement?.closest('.chart');
    if (!chart || !/^(Arrow|Home$|End$)/.test(event.key)) return;
    const mark = step(chart, event.key);
    if (!mark) return;
    event.preventDefault();
    const { right, bottom } = titled(mark).getBoundingClientRect();
    show(mark, right, bottom);
  });
  document.addEventListener('focusout', hide);
  document.addEventListener('scroll', hideUnlessFocused, { passive: true });

  /* A cell that a spreadsheet would take for a formula is text. */
  const csvCell = (value) => {
    if (value === null) return '';
    if (typeof value === 'number') return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  const download = ({ name, columns, rows }) => {
    const csv = [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  for (const button of document.querySelectorAll('.download')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      download(JSON.parse(button.closest('details').querySelector('script[type="application/json"]').textContent));
    });
  }

  for (const button of document.querySelectorAll('.copy')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const code = button.closest('.command').querySelector('code');
      getSelection().selectAllChildren(code);
      void navigator.clipboard?.writeText(code.textContent).then(
        () => (button.textContent = 'Copied'),
        () => (button.textContent = 'Selected'),
      );
    });
  }
})();
