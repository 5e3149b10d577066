import { ref, watch } from 'vue'
import { stayLiveWhileHidden } from '../../api/live.ts'

/** How this browser tells of a reminder besides the bell; both are off until the person wants them. */
function kept(name: string) {
  const key = `cartera-reminder-${name}`
  let stored = false
  try {
    stored = localStorage.getItem(key) === 'on'
  } catch {
    // Without storage it holds until the page is closed.
  }
  const value = ref(stored)
  watch(value, (on) => {
    try {
      localStorage.setItem(key, on ? 'on' : 'off')
    } catch {
      // The same.
    }
  })
  return value
}

export const notifyByBrowser = kept('notification')
export const notifyBySound = kept('sound')
export const canNotify = typeof Notification !== 'undefined'

// Only whoever wants to be told while the page is out of sight keeps the connection there.
watch([notifyByBrowser, notifyBySound], (wanted) => (stayLiveWhileHidden.value = wanted.includes(true)), { immediate: true })

/** Asks the browser; answers whether it may. */
export async function allowNotifications(): Promise<boolean> {
  if (!canNotify) return false
  const answer = Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission
  return answer === 'granted'
}

const inSight = 'cartera-in-sight'
/** Tabs say of themselves that somebody may be looking at them; without locks (a page that is not secure) each speaks for itself. */
function stayInSight(): void {
  let leave: (() => void) | null = null
  const look = () => {
    if (document.visibilityState !== 'visible') {
      leave?.()
      leave = null
    } else if (leave === null) {
      const seen = new Promise<void>((resolve) => {
        leave = resolve
      })
      void navigator.locks.request(inSight, { mode: 'shared' }, () => seen)
    }
  }
  look()
  document.addEventListener('visibilitychange', look)
}
const locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined)
if (locks) stayInSight()

/** Whether a tab of this browser is in sight: then its toast tells. */
async function anyInSight(): Promise<boolean> {
  if (document.visibilityState === 'visible') return true
  return (await locks?.query())?.held?.some((lock) => lock.name === inSight) ?? false
}

/** Whether this tab is the first to do so for the reminder: of several open ones, one does. Holds for as long as the tab lives. */
function first(deed: 'ring' | 'tell', id: string): Promise<boolean> {
  if (!locks) return Promise.resolve(true)
  return new Promise((resolve) => {
    void locks.request(`cartera-${deed}-${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock && new Promise(() => undefined)
    })
  })
}

interface Told {
  id: string
  title: string
  text: string
  open: () => void
}

/** Tells of a reminder besides the toast, where that is wanted: by a sound, and outside of the page while no tab is in sight; each once. */
export async function signal(reminder: Told): Promise<void> {
  if (notifyBySound.value && (await first('ring', reminder.id))) ring()
  const may = canNotify && notifyByBrowser.value && Notification.permission === 'granted'
  if (may && !(await anyInSight()) && (await first('tell', reminder.id))) tellOutside(reminder)
}

function tellOutside(reminder: Told): void {
  const shown = new Notification(reminder.title, { body: reminder.text, tag: reminder.id })
  shown.onclick = () => {
    window.focus()
    reminder.open()
    shown.close()
  }
}

/** Two short tones, made here: no file to fetch. A browser that allows no sound yet stays silent. */
export function ring(): void {
  if (typeof AudioContext === 'undefined') return
  const audio = new AudioContext()
  for (const [frequency, at] of [
    [880, 0],
    [1175, 0.16],
  ] as const) {
    const tone = audio.createOscillator()
    const volume = audio.createGain()
    tone.frequency.value = frequency
    volume.gain.setValueAtTime(0.08, audio.currentTime + at)
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + at + 0.15)
    tone.connect(volume).connect(audio.destination)
    tone.start(audio.currentTime + at)
    tone.stop(audio.currentTime + at + 0.16)
    if (at > 0) tone.onended = () => void audio.close()
  }
}
