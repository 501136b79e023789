import { type Durability } from '../firewall/ports';
import { type FixedPlace } from '../proxy/face/socketAddress';
import { type RetentionLimits } from '../storage/retentionPlan';
import { type UpstreamChoice } from './chosenUpstream';
import { type DecisionOptions } from './decisionOptions';
import { type LayerOptions } from './layerOptions';

/** What the command line of `gateway` says. */
export interface GatewayOptions {
	readonly policyFile: string;
	/** The policies above and below it. */
	readonly layers: LayerOptions;
	/** The catalogue of compositions that came with the product; in force as the policy's `composition:` says. */
	readonly compositionFile: string;
	readonly dataDirectory: string;
	/** How much of the trail is kept. Left out: all of it. */
	readonly retention?: RetentionLimits;
	/** What starts or reaches the upstream. */
	readonly upstream: UpstreamChoice;
	/** The name that rules and the trail know the server by. */
	readonly serverName?: string;
	readonly workspace?: string;
	/** What every entry of the trail waits for at the least; left out: `written`. */
	readonly durability?: Durability;
	/** Where spans of calls go; nowhere without it. Its headers come from a variable (`OTLP_HEADERS`). */
	readonly otlpEndpoint?: string;
	/** Serves Streamable HTTP there, behind a token, in place of stdio. */
	readonly listen?: FixedPlace;
	/** False: entries have no plain hash of arguments. */
	readonly paramsHash?: boolean;
	/** Whose badges count, as a file says it; nobody's without one. */
	readonly identityFile?: string;
	/** The external decision service; left out: none. */
	readonly decision?: DecisionOptions;
}
