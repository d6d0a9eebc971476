/** What wants to be asked before the view is left. */

/** `ask` resolves with whether one may go; null: nobody minds. A view sets it, and takes it back when it goes. */
export const leaving = { ask: null };

export const mayLeave = async () => !leaving.ask || leaving.ask();
