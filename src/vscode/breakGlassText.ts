import { type BreakGlassToken } from '../domain/identity/breakGlass';
import { type Override } from '../domain/identity/decisionPoint';
import { quoteForPerson } from './quote';
import { say } from './say';
import { remainingText } from './timeText';

/** What a person is asked before a token is put to use: who gave it, for what, for how long, and what it does not do. `now`: unix seconds. */
export function breakGlassQuestion(
	{ iss, sub, reason, scope, exp }: BreakGlassToken,
	now: number,
): { readonly message: string; readonly detail: string; readonly button: string } {
	const list = (names: readonly string[]) =>
		names.length === 0
			? say('nothing')
			: names.includes('*')
				? say('everything')
				: `“${quoteForPerson(names.join(', '), 300)}”`;
	return {
		message: say('Break the glass? The decision service will not hold calls back.'),
		detail: [
			say('Given by {0} to {1}', quoteForPerson(iss, 120), quoteForPerson(sub, 120)),
			say('Reason: {0}', quoteForPerson(reason, 300)),
			say('For: {0}, at {1}', list(scope.methods), list(scope.routes)),
			say('It ends in {0}, and cannot be used again.', remainingText((exp - now) * 1000)),
			'',
			say(
				'Your policy, approvals, and identity checks still hold. Its use and its end stand in the audit trail, and each call under it says so.',
			),
		].join('\n'),
		button: say('Break the Glass'),
	};
}

/** What the status bar says while tokens are in use. `now` in milliseconds. */
export function breakGlassStatus(
	inUse: readonly Override[],
	now: number,
): { readonly text: string; readonly tooltip: string } {
	const latest = Math.max(...inUse.map(({ expires }) => expires * 1000));
	return {
		text: `$(flame) ${say('BREAK-GLASS {0}', remainingText(latest - now))}`,
		tooltip: [
			say(
				'Break-glass is in use: the decision service does not hold calls back where it covers them. Click to end it.',
			),
			...inUse.map(({ sub, reason, expires }) =>
				say(
					'{0}: {1} (ends in {2})',
					quoteForPerson(sub, 120),
					quoteForPerson(reason, 200),
					remainingText(expires * 1000 - now),
				),
			),
		].join('\n'),
	};
}
