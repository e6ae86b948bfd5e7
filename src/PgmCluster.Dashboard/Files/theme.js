// Light or dark: what was chosen, else what the system is set to. The server draws the next page by the cookie; this one is drawn
// again at once where it differs.
(() => {
  const known = document.cookie.match(/(?:^|; )pgm_theme=(light|dark)/)?.[1];
  const keep = theme => { document.cookie = `pgm_theme=${theme}; path=/; max-age=31536000; samesite=strict`; };
  window.pgmTheme = theme => { keep(theme); document.documentElement.dataset.theme = theme; };
  if (known) return;
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  keep(system);
  if (system !== document.documentElement.dataset.theme && document.cookie.includes('pgm_theme=')) location.reload();
})();
