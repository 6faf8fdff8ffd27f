import { encodingFor, FIRST_VIEW, type Size } from "../core/negotiation/encoding.ts";

/** What the fake and the real camera are asked for, until a track says what it gives. */
const USUAL_SOURCE: Size = { width: 1280, height: 720 };

export type VideoSending = {
  readonly setView: (view: Size) => void;
  /** A sender that must never send again. */
  readonly stop: () => void;
  /** Sets the sender again to what was asked: its parameters appear, and its source changes, with time. */
  readonly refresh: () => void;
};

/** Sets resolution, rate and activity of one video sender, one `setParameters` at a time. No renegotiation. */
export function createVideoSending(sender: () => RTCRtpSender | undefined): VideoSending {
  let view = FIRST_VIEW;
  let isStopped = false;
  let isApplying = false;
  let isDirty = false;

  const apply = async (): Promise<void> => {
    const target = sender();
    const parameters = target?.getParameters();
    // Before negotiation there may be none: the owner refreshes after it.
    if (target === undefined || parameters?.encodings[0] === undefined) return;
    const { width, height } = target.track?.getSettings() ?? {};
    // Without a track Firefox may go on with black pictures.
    const isHidden = isStopped || target.track === null;
    const encoding = encodingFor(isHidden ? { width: 0, height: 0 } : view, {
      width: width ?? USUAL_SOURCE.width,
      height: height ?? USUAL_SOURCE.height,
    });
    Object.assign(parameters.encodings[0], encoding);
    try {
      await target.setParameters(parameters);
    } catch {
      // The connection closed, or was negotiating: the next refresh sets it.
    }
  };
  const refresh = async (): Promise<void> => {
    isDirty = true;
    if (isApplying) return;
    isApplying = true;
    while (isDirty) {
      isDirty = false;
      await apply();
    }
    isApplying = false;
  };

  return {
    setView: (next) => {
      view = next;
      void refresh();
    },
    stop: () => {
      isStopped = true;
      void refresh();
    },
    refresh: () => void refresh(),
  };
}
