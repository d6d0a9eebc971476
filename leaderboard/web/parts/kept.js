/** What the browser keeps of a page. Some refuse to, others are full: then it is kept as long as the page is open. */

function keeper(place) {
  const unkept = new Map();
  const attempt = (act) => {
    try {
      return act(place());
    } catch {
      return undefined;
    }
  };
  return {
    get: (key) => unkept.get(key) ?? attempt((it) => it.getItem(key)) ?? null,
    /** Returns whether the next page will find it too. */
    set(key, text) {
      const kept = attempt((it) => (it.setItem(key, text), true)) ?? false;
      if (kept) unkept.delete(key);
      else unkept.set(key, text);
      return kept;
    },
    drop: (key) => (unkept.delete(key), void attempt((it) => it.removeItem(key))),
    keys: () => [...unkept.keys(), ...(attempt(Object.keys) ?? [])],
  };
}

export const ofDevice = keeper(() => localStorage);
export const ofTab = keeper(() => sessionStorage);
