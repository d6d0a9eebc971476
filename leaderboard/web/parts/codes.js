/** Codes of quizzes: eight letters and digits, a PIN of six digits, or a period's `BASE-YYYYMMDDHHMM`. */

/** As people write them: any case, with spaces or dashes. */
export const tidy = (code) => code.toUpperCase().replace(/[^0-9A-Z-]|-(?!\d{12}$)/g, "");

export const isPin = (code) => /^\d{6}$/.test(code);

/** In two halves, as people read it. */
export function spaced(code) {
  const half = code.length === 6 || code.length === 8 ? code.length / 2 : code.length;
  return `${code.slice(0, half)} ${code.slice(half)}`.trim();
}
