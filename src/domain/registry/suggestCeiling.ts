import { type Phrase, phrase } from '../../base/phrase';
import { isCapability } from '../policy/capabilityName';
import { type Launch } from './launch';
import { type Ceiling } from './serverEntry';

/** Which data a server may be sent at most, and why: one sentence of ours. */
export interface CeilingSuggestion {
	readonly ceiling: Ceiling;
	readonly why: Phrase;
}

/** Resources of capabilities that stay on this machine. */
const LOCAL = new Set(['filesystem', 'memory', 'compute', 'client', 'database']);

/** Capabilities of other resources that stay on this machine as well. */
const LOCAL_TOO = new Set(['git.read', 'secrets.read']);

/**
 * The ceiling that a reviewer is offered: `secret` for a server that stays on this machine as far as its tools tell,
 * `internal` for one that reaches the network, runs programs, or of which nobody knows.
 */
export function suggestCeiling(launch: Launch, capabilities: readonly string[]): CeilingSuggestion {
	if (launch.kind === 'http') {
		return { ceiling: 'internal', why: phrase('It is reached over the network, so it gets no secrets.') };
	}
	if (capabilities.some(each => !isCapability(each))) {
		return {
			ceiling: 'internal',
			why: phrase('Of some of its tools nobody knows what they do, so it gets no secrets.'),
		};
	}
	const reaching = capabilities.find(each => !LOCAL.has(each.split('.')[0] ?? '') && !LOCAL_TOO.has(each));
	return reaching === undefined
		? { ceiling: 'secret', why: phrase('Its tools stay on this machine.') }
		: {
				ceiling: 'internal',
				why: phrase('Its tools can reach beyond this machine ({0}), so it gets no secrets.', reaching),
			};
}
