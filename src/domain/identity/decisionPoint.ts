import { type JsonObject } from '../../base/json';

/** What an external decision service says of a call (RFC-005 v1.0, identity.md §2.4). It can only tighten. */
export type DecisionPointAnswer =
	| {
			readonly kind: 'decided';
			readonly decision: 'ALLOW' | 'DENY';
			readonly decisionId: string;
			/** In its order. `params` is attacker-controlled as far as the service is. */
			readonly obligations: readonly { readonly type: string; readonly params: JsonObject }[];
			/** One line for people, bounded. */
			readonly reason?: string;
			/** Seconds for which the same question need not be asked again; absent: always ask. */
			readonly ttl?: number;
			readonly errorCode?: string;
	  }
	/** No decision (`PDP_UNAVAILABLE`): no answer in time, no 2xx, not what was asked for. */
	| { readonly kind: 'unavailable'; readonly why: string };

/** Asks an external decision service. Resolves within 500 ms, never rejects. `request` is a `capiscio.pip.v1` request. */
export interface DecisionPoint {
	ask(request: JsonObject, signal: AbortSignal): Promise<DecisionPointAnswer>;
}

/** A break-glass token in use: it stands above the decision service, and above nothing else. */
export interface Override {
	readonly jti: string;
	readonly sub: string;
	/** The reason that the token gives; bounded, one line. */
	readonly reason: string;
	/** Unix seconds. */
	readonly expires: number;
}

/** The break-glass tokens in use. */
export interface Overrides {
	/** One that covers this method (`tools/call`) and route (`/server/tool`) now. */
	covering(method: string, route: string): Override | undefined;
}
