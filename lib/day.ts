/** The day of a point in time, in UTC: `2026-11-27`. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** Whether a text is a day as {@link dayOf} writes it, and one of the calendar. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(time) && dayOf(new Date(time)) === text;
}
