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
watch(notifyByBrowser, (on) => (stayLiveWhileHidden.value = on), { immediate: true })

/** Asks the browser; answers whether it may. */
export async function allowNotifications(): Promise<boolean> {
  if (!canNotify) return false
  const answer = Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission
  return answer === 'granted'
}

/** Tells outside of the page, where that is wanted and the page is out of sight. One tag for all tabs, so that two of them tell once. */
export function tellOutside(reminder: { id: string; title: string; text: string; open: () => void }): void {
  if (!canNotify || !notifyByBrowser.value || Notification.permission !== 'granted' || document.visibilityState === 'visible')
    return
  const shown = new Notification(reminder.title, { body: reminder.text, tag: reminder.id })
  shown.onclick = () => {
    window.focus()
    reminder.open()
    shown.close()
  }
}

/** Two short tones, made here: no file to fetch. A browser that allows no sound yet stays silent. */
export function ring(): void {
  if (!notifyBySound.value || typeof AudioContext === 'undefined') return
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
