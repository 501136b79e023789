import { type Disposable } from '../base/disposable';
import { type Event } from '../base/event';
import { type LifecycleEvent } from '../domain/audit/lifecycleEvent';
import { type Principal } from '../domain/identity/principal';
import { identityProblems } from './identityProblems';
import { quoteForPerson } from './quote';
import { say } from './say';
import { levelText } from './trustCardText';

/** A server whose identity failed or changed, to be told. Its name is attacker-controlled. */
export interface IdentityNotice {
	readonly serverId: string;
	readonly message: string;
}

/** What is watched, and who hears of it. */
export interface FollowPrincipalsOptions {
	/** Fires with the id of a server whose principal may be another. */
	readonly onDidChange: Event<string>;
	readonly principalOf: (serverId: string) => Principal | undefined;
	readonly serverOf: (serverId: string) => { readonly name: string; readonly revision: number } | undefined;
	readonly note: (
		event: Extract<LifecycleEvent, `identity-${string}`>,
		facts: {
			readonly server: { readonly id: string; readonly name: string; readonly revision: number };
			readonly detail: string;
		},
	) => void;
	readonly tell: (notice: IdentityNotice) => void;
}

/**
 * Records when a server showed for the first time who it is, when that failed, and when it is somebody else; the last two are told
 * as well. Each once: a failure that stays the same is not told again before the server was itself in between.
 */
export function followPrincipals(options: FollowPrincipalsOptions): Disposable {
	const known = new Map<string, string>();
	return options.onDidChange(serverId => {
		const principal = options.principalOf(serverId);
		const server = options.serverOf(serverId);
		if (principal === undefined || server === undefined || principal.pending === true) {
			return;
		}
		const mark = markOf(principal);
		if (known.get(serverId) === mark) {
			return;
		}
		known.set(serverId, mark);
		const facts = { id: serverId, name: server.name, revision: server.revision };
		if (principal.blocked) {
			const changed = principal.pin === 'changed';
			options.note(changed ? 'identity-changed' : 'identity-failed', {
				server: facts,
				detail: failureText(principal),
			});
			options.tell({ serverId, message: noticeText(server.name, principal) });
		} else if (principal.state === 'VERIFIED_PRINCIPAL' && principal.pin === 'new') {
			options.note('identity-verified', { server: facts, detail: verifiedText(principal) });
		}
	});
}

/** Equal for what is one piece of news: a badge is renewed every few minutes, and the server stays who it is. */
function markOf({ blocked, state, errors, cause, pin, did, keyThumbprint }: Principal): string {
	return JSON.stringify(
		blocked
			? ['failed', pin === 'changed', errors, cause, did]
			: [state, state === 'VERIFIED_PRINCIPAL' && [did, keyThumbprint]],
	);
}

function failureText({ errors, cause, did, pin }: Principal): string {
	const codes = [
		...(pin === 'changed' ? ['IDENTITY_CHANGED'] : []),
		...errors,
		...(cause === undefined ? [] : [cause]),
	];
	return `${codes.join(', ')}${did === undefined ? '' : `; it says to be ${quoteForPerson(did, 200)}`}`;
}

function verifiedText({ did, level, issuer, keyThumbprint }: Principal): string {
	const by = issuer === undefined ? '' : `, says ${quoteForPerson(issuer, 200)}`;
	const at = level === undefined ? '' : ` at ${levelText(level)}`;
	return `${quoteForPerson(did ?? '', 200)}${at}${by}; key ${keyThumbprint ?? 'unknown'}`;
}

function noticeText(name: string, principal: Principal): string {
	const [worst] = identityProblems(principal);
	const shown = quoteForPerson(name, 60);
	return principal.pin === 'changed'
		? say(
				'MCP Firewall: the identity has CHANGED for “{0}”. {1} Calls do not go there.',
				shown,
				worst?.sentence ?? '',
			)
		: say(
				'MCP Firewall: the identity check FAILED for “{0}”. {1} Calls do not go there.',
				shown,
				worst?.sentence ?? '',
			);
}
