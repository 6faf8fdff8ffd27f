import type { LocalMediaState, MediaDevice } from "../core/local-media.ts";
import type { Catalogue } from "../i18n/catalogue.ts";

/** One list of devices to choose from. */
export type DeviceChoice = {
  readonly kind: MediaDevice["kind"];
  readonly label: string;
  readonly options: readonly { readonly id: string; readonly label: string }[];
  /** Empty while none is in use. */
  readonly chosenId: string;
  /** Stands in for an empty list. */
  readonly none: string;
};

/** Lists to choose microphone, camera and, where the browser can direct sound, speaker. */
export function deviceChoices(
  media: LocalMediaState,
  speakerId: string | undefined,
  text: Catalogue,
): readonly DeviceChoice[] {
  const inUse = {
    microphone: media.microphone.phase === "on" ? media.microphone.deviceId : undefined,
    camera: media.camera.phase === "on" ? media.camera.deviceId : undefined,
    speaker: speakerId,
  };
  return (["microphone", "camera", "speaker"] as const)
    .map((kind) => choiceOf(kind, inUse[kind], media.devices, text))
    .filter(({ kind, options }) => kind !== "speaker" || options.length > 0);
}

function choiceOf(
  kind: MediaDevice["kind"],
  inUse: string | undefined,
  devices: readonly MediaDevice[],
  text: Catalogue,
): DeviceChoice {
  const options = devices
    .filter((device) => device.kind === kind)
    .map(({ deviceId, label }, index) => ({
      id: deviceId,
      // Before permission is given, browsers tell no names.
      label: label === "" ? text.devices.numbered[kind](index + 1) : label,
    }));
  const chosen = options.find(({ id }) => id === inUse) ?? options[0];
  return {
    kind,
    label: text.devices[kind],
    options,
    chosenId: chosen?.id ?? "",
    none: text.devices.none[kind],
  };
}
