// A page whose silo goes away asks again every second, for as long as it takes. A silo that was started anew does not know the page: it is
// loaded again, at its address.
(() => {
  const notice = document.getElementById('components-reconnect-modal');
  const again = async () => {
    for (;;) {
      try {
        const answer = await fetch(location.href, { cache: 'no-store', headers: { Accept: 'text/html' } });
        if (answer.ok) return location.reload();
      } catch { /* not there yet */ }
      await new Promise(done => setTimeout(done, 1000));
    }
  };
  notice.addEventListener('components-reconnect-state-changed', e => {
    notice.hidden = e.detail.state === 'hide';
    if (['rejected', 'failed', 'resume-failed'].includes(e.detail.state)) again();
  });
  Blazor.start({
    circuit: { reconnectionOptions: { maxRetries: 1e9, retryIntervalMilliseconds: 1000 } },
  }).catch(again);
})();
