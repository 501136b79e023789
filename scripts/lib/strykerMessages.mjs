// What mutation testing leaves alone: sentences. A text with a space in it is a message, except for the lists of words,
// which decide.
const isWordList = path =>
	path.findParent(
		({ node }) =>
			(node.type === 'CallExpression' &&
				(node.callee.name === 'words' || node.callee.property?.name === 'split')) ||
			node.type === 'NewExpression',
	) !== null;

const textOf = ({ node }) =>
	node.type === 'StringLiteral'
		? node.value
		: node.type === 'TemplateLiteral'
			? node.quasis.map(({ value }) => value.raw).join('')
			: '';

export const strykerPlugins = [
	{
		kind: 'Ignore',
		name: 'messages',
		value: {
			shouldIgnore: path =>
				textOf(path).trim().includes(' ') && !isWordList(path) ? 'a sentence for people' : undefined,
		},
	},
];
