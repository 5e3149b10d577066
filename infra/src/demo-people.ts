/** A person of the demo company with whom one can sign in. */
export interface DemoPerson {
  name: string
  email: string
  /** What a person's level is, 1 (sees and does everything) to 4 (own records). */
  level: 1 | 2 | 3 | 4
  role: 'administrator' | 'manager' | 'supervisor' | 'agent' | 'finance'
}

/** The password of every demo person. It exists in the demo company alone; a real company starts without any. */
export const demoPassword = 'cartera-demo'

/** One person per level, and finance: the demo company and the journeys in the browser speak of these five. */
export const demoPeople = [
  { name: 'Ana Torres', email: 'admin@demo.cartera.test', level: 1, role: 'administrator' },
  { name: 'Bruno Vega', email: 'manager@demo.cartera.test', level: 2, role: 'manager' },
  { name: 'Carla Ruiz', email: 'supervisor@demo.cartera.test', level: 3, role: 'supervisor' },
  { name: 'Diego Mora', email: 'agent@demo.cartera.test', level: 4, role: 'agent' },
  { name: 'Elena Paz', email: 'finance@demo.cartera.test', level: 1, role: 'finance' },
] as const satisfies readonly DemoPerson[]

/** The demo person of a role. */
export function demoPerson(role: DemoPerson['role']): DemoPerson {
  const person = demoPeople.find((candidate) => candidate.role === role)
  if (!person) throw new Error(`no demo person ${role}`)
  return person
}
