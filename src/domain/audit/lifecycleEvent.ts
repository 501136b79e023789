/** The closed set of lifecycle events. */
export type LifecycleEvent =
	/** First entry of a stream: a window, or a headless gateway, began to write. */
	| 'trail-opened'
	/** First entry of a later segment of the stream. */
	| 'segment-opened'
	/** What stood in other streams of the trail when this one looked (`witnessed`): nobody can shorten them unseen later. */
	| 'streams-witnessed'
	/** Retention removed sealed segments; each left a signed record of itself. `detail` says how many and why. */
	| 'segments-removed'
	/** Somebody was given a copy; `detail` says in which form, with which filter, how many entries. */
	| 'trail-exported'
	/** Entries are signed with another key from here on. */
	| 'trail-key-changed'
	| 'server-guarded'
	| 'server-released'
	| 'server-reviewed'
	| 'server-drifted'
	/** A person did it, or something of the server is not what was reviewed; `detail` says who or what. */
	| 'server-revoked'
	| 'server-suspended'
	| 'server-resumed'
	/** The signed registry of somebody was taken in, or given out; `detail` says whose and how much. */
	| 'registry-imported'
	| 'registry-exported'
	/** A person had it run in a world of its own; `detail` names the tools and what did not fit. */
	| 'server-probed'
	/** A server was given secrets, by name, as it was launched or connected to. */
	| 'credential-used'
	| 'credential-rotated'
	| 'credential-revoked'
	/** A server said that what it offers has changed. */
	| 'list-changed'
	| 'upstream-started'
	| 'upstream-ended'
	| 'policy-loaded'
	| 'policy-broken'
	| 'policy-trusted'
	| 'policy-trust-withdrawn'
	/** A person let a withheld answer go; `callId` names the call. */
	| 'answer-released'
	| 'emergency-stop'
	| 'emergency-resume'
	/** A person was asked, and what came of it; `callId` names the call. */
	| 'approval-shown'
	| 'approval-answered'
	| 'grant-made'
	/** A remembered yes let a call go; `callId` names it. */
	| 'grant-used'
	| 'grant-revoked'
	/** What the grant was bound to changed, or its time is over. */
	| 'grant-voided'
	/** A stored record that is not to be trusted: unsigned, signed with another key, or altered. */
	| 'grant-refused'
	/** Too many questions at once; `detail` says how it was answered. */
	| 'approvals-paused'
	/** A server showed for the first time who it is, and its DID and key were remembered; `detail` names DID, issuer and level. */
	| 'identity-verified'
	/** It failed in a way that no honest server shows; `detail` has the codes. */
	| 'identity-failed'
	/** It is not the DID or key that was remembered. */
	| 'identity-changed'
	/** A person had what was remembered dropped. */
	| 'identity-forgotten'
	/** A person trusts an issuer, or pinned its keys; `detail` says how far, and names thumbprints. */
	| 'issuer-trusted'
	/** What is shown to verified servers: a badge by its jti, or a key of one's own by its DID. */
	| 'caller-identity-added'
	| 'caller-identity-removed'
	/** A break-glass token stands above the decision service; `detail` has its jti, whose it is, why and until when. */
	| 'break-glass-used'
	/** One was shown that does not hold, or was used before; `detail` says why. */
	| 'break-glass-refused'
	| 'break-glass-ended';
