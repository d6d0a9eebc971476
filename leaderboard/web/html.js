/** What pages are written with: Preact's elements as templates, and signals, which draw anew only what has changed. */

import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);

export { Fragment, render } from "preact";
export { useEffect, useLayoutEffect, useRef } from "preact/hooks";
export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
