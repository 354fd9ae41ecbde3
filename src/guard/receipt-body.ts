/** What a guard tells, as `POST /v1/boundary-receipts` takes it. */
import { instantText } from "../domain/instant.ts";
import type { BoundaryReceipt, GuardSign } from "../domain/trust/guarded-route.ts";

export function batchBody(sign: GuardSign | null, receipts: readonly BoundaryReceipt[]) {
  return { ...(sign === null ? {} : { sign: signBody(sign) }), receipts: receipts.map(receiptBody) };
}

function signBody({ instance, sinceAt, at, routes }: GuardSign) {
  return {
    instance,
    since: instantText(sinceAt),
    at: instantText(at),
    routes: routes.map(({ route, monitor, isProbe, configHash }) => ({
      route,
      monitor,
      probe: isProbe,
      config_hash: configHash,
    })),
  };
}

function receiptBody(receipt: BoundaryReceipt) {
  const { route, monitor, isOk, reason, principal, contract, expected, seen } = receipt;
  return {
    route,
    monitor,
    probe: receipt.isProbe,
    at: instantText(receipt.at),
    ok: isOk,
    reason,
    principal,
    contract,
    expected,
    seen,
    header_names: receipt.headerNames,
    address: receipt.addressPrefix,
    scheduled_for: receipt.scheduledForAt === null ? null : instantText(receipt.scheduledForAt),
    config_hash: receipt.configHash,
  };
}
