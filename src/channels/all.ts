/** Every kind of channel, one line each: the list that the API, the forms and delivery know them by. */
import type { ChannelKind } from "../ports/channel.ts";
import { email } from "./email.ts";
import { slack } from "./slack.ts";
import { webhook } from "./webhook.ts";

export const allChannels: readonly ChannelKind[] = [slack, email, webhook];
