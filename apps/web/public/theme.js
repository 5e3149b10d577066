// Sets the colour mode before the first paint, so that the dark does not flash white. A file and not an inline script:
// the content security policy allows no inline scripts. The same rule stands in src/ui/color-mode.ts.
;(() => {
  let wanted = null
  try {
    wanted = localStorage.getItem('cartera-theme')
  } catch {
    // Storage may be forbidden; the system's preference then decides.
  }
  const dark = wanted === 'dark' || (wanted !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.add(dark ? 'dark' : 'light')
})()
