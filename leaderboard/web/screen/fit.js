/** Type as large as its box allows: nobody scrolls a projector. */

import { useEffect, useLayoutEffect, useSignal } from "../html.js";

const STEP = 5; // percent
const MOST = 150;

/** How far type gets smaller before more is given up: words in one piece, then a large question. [class, least percent] */
const WAYS = [["", 70], ["broken", 60], ["broken crowded", 35]];

/**
 * The largest type with which all of a box can be seen.
 * @param box the ref of an element whose size does not depend on what is in it
 * @param what it is fitted anew when this changes, and when the box does
 * @returns what changes when the box does
 */
export function useFit(box, what, ways = WAYS, most = MOST) {
  const size = useSize(box);
  useLayoutEffect(() => {
    const node = box.current;
    ways.some(([names, least]) => {
      node.classList.remove("broken", "crowded");
      node.classList.add(...names.split(" ").filter(Boolean));
      return largest(node, most, least);
    });
  }, [what, size.value]);
  return size.value;
}

/** Returns whether it fits with any. */
function largest(node, most, least) {
  let [low, high] = [Math.ceil(least / STEP), Math.floor(most / STEP)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(node, middle * STEP)) low = middle;
    else high = middle - 1;
  }
  return fits(node, low * STEP);
}

function fits(node, percent) {
  node.style.fontSize = `${percent}%`;
  return [node, ...node.querySelectorAll(".choice, .words")].every(
    (box) => box.scrollHeight <= box.clientHeight + 1 && box.scrollWidth <= box.clientWidth + 1,
  );
}

/** The size of an element as "WIDTHxHEIGHT", in its own em: it is looked at when it changes, not when one wants to know. */
export function useSize(box) {
  const size = useSignal("");
  useEffect(() => {
    const watch = new ResizeObserver(([{ target, contentRect: { width, height } }]) => {
      const em = parseFloat(getComputedStyle(target).fontSize);
      size.value = `${(width / em).toFixed(1)}x${(height / em).toFixed(1)}`;
    });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return size;
}
