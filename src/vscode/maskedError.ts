import { FirewallError } from '../base/errors';
import { inEnglish, type Phrase } from '../base/phrase';
import { maskText } from '../domain/inspection/maskSecrets';

/** The error with what has the form of a secret masked: its text may quote a server's own log. */
export function maskedError({ code, said, message }: FirewallError): FirewallError {
	const masked = maskText(message);
	const phrase = maskedPhrase(said);
	// A secret that only the whole sentence gives away is no reason to show it in another language.
	return new FirewallError(code, inEnglish(phrase) === masked ? phrase : masked);
}

function maskedPhrase({ text, args }: Phrase): Phrase {
	return {
		text,
		args: args.map(each =>
			typeof each === 'string' ? maskText(each) : typeof each === 'number' ? each : maskedPhrase(each),
		),
	};
}
