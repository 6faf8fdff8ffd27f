import { createContext } from "preact";
import { useContext } from "preact/hooks";

/** What elements of every page use of the browser. */
export type PageTools = {
  readonly attachMedia: (element: HTMLMediaElement, media: object | undefined) => void;
};

export const PageToolsContext = createContext<PageTools>({ attachMedia: () => undefined });

export const usePageTools = (): PageTools => useContext(PageToolsContext);
