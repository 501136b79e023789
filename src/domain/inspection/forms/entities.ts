/** Named character references of HTML that stand for ASCII, for a blank, or for nothing to see (HTML §13.5). */
const NAMED: Readonly<Record<string, string>> = {
	...{ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", excl: '!', num: '#', dollar: '$', percnt: '%', lpar: '(' },
	...{ rpar: ')', ast: '*', midast: '*', plus: '+', comma: ',', period: '.', sol: '/', colon: ':', semi: ';' },
	...{ equals: '=', quest: '?', commat: '@', lsqb: '[', lbrack: '[', bsol: '\\', rsqb: ']', rbrack: ']', Hat: '^' },
	...{ lowbar: '_', UnderBar: '_', grave: '`', DiacriticalGrave: '`', lcub: '{', lbrace: '{', verbar: '|' },
	...{ vert: '|', VerticalLine: '|', rcub: '}', rbrace: '}', LT: '<', GT: '>', AMP: '&', QUOT: '"' },
	...{ nbsp: ' ', NonBreakingSpace: ' ', ensp: ' ', emsp: ' ', emsp13: ' ', emsp14: ' ', numsp: ' ', puncsp: ' ' },
	...{ thinsp: ' ', ThinSpace: ' ', hairsp: ' ', VeryThinSpace: ' ', MediumSpace: ' ', Tab: ' ', NewLine: '\n' },
	...{ zwnj: '', zwj: '', shy: '', lrm: '', rlm: '', ZeroWidthSpace: '', NoBreak: '', NegativeThinSpace: '' },
	...{ NegativeMediumSpace: '', NegativeThickSpace: '', NegativeVeryThinSpace: '', InvisibleTimes: '' },
	...{ InvisibleComma: '', it: '', ic: '', ApplyFunction: '', af: '' },
	...{
		hyphen: '-',
		dash: '-',
		ndash: '-',
		mdash: '-',
		lsquo: "'",
		rsquo: "'",
		ldquo: '"',
		rdquo: '"',
		hellip: '...',
	},
	...{ middot: '·', bull: '·', imath: 'i', inodot: 'i', jmath: 'j', fflig: 'ff', filig: 'fi', fllig: 'fl' },
	...{ ffilig: 'ffi', ffllig: 'ffl', fjlig: 'fj', szlig: 'ß', aelig: 'æ', oelig: 'œ', ii: 'i', dd: 'd', ee: 'e' },
	...{ acy: 'а', iecy: 'е', ocy: 'о', rcy: 'р', scy: 'с', khcy: 'х', ucy: 'у', iukcy: 'і', jsercy: 'ј', dscy: 'ѕ' },
	...{ alpha: 'α', omicron: 'ο', nu: 'ν', iota: 'ι', rho: 'ρ', tau: 'τ', kappa: 'κ', upsilon: 'υ', epsilon: 'ε' },
};

/** A letter with a mark or in a font: the letter is what is read. */
const STYLED = /^([A-Za-z])(?:acute|grave|circ|uml|tilde|cedil|ring|caron|slash|strok|macr|breve|dot|ogon|opf|scr|fr)$/;

/** The text of a named character reference (without `&` and `;`), as it is read; undefined for one that is not known. */
export function namedEntity(name: string): string | undefined {
	return Object.hasOwn(NAMED, name) ? NAMED[name] : STYLED.exec(name)?.[1];
}
