import { type Principal } from '../domain/identity/principal';
import { type RememberedPin } from '../domain/identity/principalPin';
import { quoteForPerson } from './quote';
import { say } from './say';
import { agoText } from './timeText';

/** What a person reads before the identity of a server is forgotten: what is remembered, and what it shows now. `now` in milliseconds. */
export function forgetText(
	name: string,
	remembered: Exclude<RememberedPin, { readonly kind: 'none' }>,
	principal: Principal | undefined,
	now: number,
): { readonly message: string; readonly detail: string } {
	const old =
		remembered.kind === 'damaged'
			? [say('Remembered: cannot be read any more.')]
			: [
					say(
						'Remembered {0}: {1}',
						agoText(remembered.pin.since * 1000, now),
						quoteForPerson(remembered.pin.did, 300),
					),
					say('Its key: {0}', remembered.pin.keyThumbprint),
				];
	const shown =
		principal === undefined || principal.pending === true
			? [say('It shows now: not known; it does not run, or was not asked yet.')]
			: principal.did === undefined
				? [say('It shows now: nothing about who it is.')]
				: [
						say('It shows now: {0}', quoteForPerson(principal.did, 300)),
						say(
							'Its key: {0}',
							principal.keyThumbprint === undefined
								? say('not known')
								: quoteForPerson(principal.keyThumbprint, 60),
						),
					];
	return {
		message: say('Forget who “{0}” was?', quoteForPerson(name, 60)),
		detail: [
			...old,
			...shown,
			'',
			say(
				'From then on the next identity that it proves counts as its own. Do this only if whoever runs it says that it has changed.',
			),
		].join('\n'),
	};
}
