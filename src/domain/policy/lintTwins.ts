import { type Phrase, phrase } from '../../base/phrase';
import { plainServerName } from '../registry/serverName';
import { compileRule, matchesNames } from './compiledRule';
import { hasGlobMagic } from './glob';
import { type Rule } from './policy';

/**
 * A sentence for a deny or an approval that names a server of which a second one, registered with its folder or a number behind the
 * same name, is left out; undefined where there is none. A rule means registered names exactly, an allow rightly so; whoever forbids
 * a server mostly means it wherever it comes from. Names that only look like that cost a warning, and no verdict rests on them.
 */
export function leftOutTwin(
	rule: Rule,
	pins: readonly { readonly server: string; readonly tool: string }[],
): Phrase | undefined {
	const named = (rule.effect === 'allow' ? [] : (rule.servers ?? [])).filter(name => !hasGlobMagic(name));
	if (named.length === 0) {
		return undefined;
	}
	const compiled = compileRule(rule);
	const twin = pins.find(
		({ server, tool }) =>
			named.includes(plainServerName(server)) &&
			!matchesNames({ ...compiled, tools: undefined }, server, tool) &&
			matchesNames({ ...compiled, servers: undefined }, server, tool),
	)?.server;
	if (twin === undefined) {
		return undefined;
	}
	return phrase(
		"'{0}' does not mean '{1}', which has that name in its own file; add '{0} *', or name the two.",
		...[plainServerName(twin), twin],
	);
}
