'use strict';

let last = null;

/** Prints data as data: inside a fence longer than any run of backticks in it. */
exports.show = (stream, title, data) => {
	const text = typeof data === 'string' ? data : JSON.stringify(data, null, 2);
	const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(run => run.length));
	const fence = '`'.repeat(longest + 1);
	last = { title, text };
	stream.markdown(`**${title}**\n\n${fence}text\n${text}\n${fence}\n`);
};

/** What was printed last, exactly. */
exports.lastReply = () => last;

/** Lines given to `@demo`, and those it has dealt with. */
exports.lines = { given: 0, done: 0 };
