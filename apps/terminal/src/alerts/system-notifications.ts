import { loadStored, saveStored } from "../page/stored.js";

const STORAGE_KEY = "trading-alert-notifications";

/** Whether alerts are shown as notifications of the system: `unsupported` by the browser, or `denied` in its settings. */
export type NotificationChoice = "on" | "off" | "denied" | "unsupported";

/** Returns the current choice. Notifications are off until the user turns them on. */
export function notificationChoice(): NotificationChoice {
  if (typeof Notification === "undefined") return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const isOn = loadStored(STORAGE_KEY, (stored) => stored === true, false);
  return isOn && Notification.permission === "granted" ? "on" : "off";
}

/** Turns notifications on, which asks the user for permission, or off. Call it for a click, because browsers refuse others. */
export async function chooseNotifications(isOn: boolean): Promise<NotificationChoice> {
  if (isOn && notificationChoice() === "off") await Notification.requestPermission();
  saveStored(STORAGE_KEY, isOn);
  return notificationChoice();
}

/** Shows a notification of the system if they are on. @param id several tabs with the same id show one */
export function notifySystem(id: string, title: string, body: string): void {
  if (notificationChoice() !== "on") return;
  try {
    const notification = new Notification(title, { body, tag: id });
    notification.onclick = () => window.focus();
  } catch {
    // Chrome on Android has the class without its constructor. The page shows the alert anyway.
  }
}
