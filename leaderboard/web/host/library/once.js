import { useRef } from "../../html.js";
import { requestKey } from "../api.js";

/** The key of a request that makes something: the same as long as `what` it asks for is, so that it is made once. */
export function useKey(what) {
  const kept = useRef({});
  if (kept.current.what !== what) kept.current = { what, key: requestKey() };
  return kept.current.key;
}
