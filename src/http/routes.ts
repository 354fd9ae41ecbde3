/** Every call of the management API, in one list. */
import { accelerationCalls } from "./acceleration.ts";
import { blindSpotCalls } from "./blind-spots.ts";
import { boundaryCalls } from "./boundary-receipts.ts";
import type { Call } from "./call.ts";
import { channelCalls } from "./channels.ts";
import { checkCalls } from "./checks.ts";
import { configurationCalls } from "./configuration.ts";
import { contractCalls } from "./contracts.ts";
import { deployCalls } from "./deploys.ts";
import { incidentCalls } from "./incidents.ts";
import { keyCalls } from "./keys.ts";
import { monitorCalls } from "./monitors.ts";
import { notificationCalls } from "./notifications.ts";
import { planCalls } from "./plans.ts";
import { projectCalls } from "./project.ts";
import { instanceCalls } from "./projects.ts";
import { rejectionCalls } from "./rejections.ts";
import { reportCalls } from "./report.ts";
import { runCalls } from "./runs.ts";
import { scheduleCalls } from "./schedules.ts";
import { verificationCalls } from "./verifications.ts";
import { windowCalls } from "./windows.ts";

export const CALLS: readonly Call[] = [
  ...monitorCalls,
  ...accelerationCalls,
  ...windowCalls,
  ...runCalls,
  ...incidentCalls,
  ...rejectionCalls,
  ...boundaryCalls,
  ...deployCalls,
  ...verificationCalls,
  ...blindSpotCalls,
  ...notificationCalls,
  ...projectCalls,
  ...channelCalls,
  ...contractCalls,
  ...configurationCalls,
  ...keyCalls,
  ...planCalls,
  ...scheduleCalls,
  ...checkCalls,
  ...reportCalls,
  ...instanceCalls,
];
