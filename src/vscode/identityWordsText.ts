import { say } from './say';

/** A server's identity in the language of the editor, from the few words of ours that `identityWords` finds for it. */
export function identityWordsText(text: string): string {
	const [, lead, rest = ''] =
		/^(FAILED: |verified, |declared only: its badge does not count, )(.*)$/.exec(text) ?? [];
	switch (lead ?? '') {
		case 'FAILED: ':
			return say('FAILED: {0}', say(rest));
		case 'verified, ':
			return say('verified, {0}', rest);
		case 'declared only: its badge does not count, ':
			return say('declared only: its badge does not count, {0}', say(rest));
		default:
			return say(text);
	}
}
