/** A set of listeners, told in order of subscription. */
export type Listeners<Event> = {
  readonly add: (listener: (event: Event) => void) => () => void;
  readonly tell: (event: Event) => void;
};

export function createListeners<Event>(): Listeners<Event> {
  const listeners = new Set<(event: Event) => void>();
  return {
    add: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell: (event) => {
      for (const listener of listeners) listener(event);
    },
  };
}
