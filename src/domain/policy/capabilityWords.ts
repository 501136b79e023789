/** A list of words, lower case, from one text. */
export const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Words of a name that mean a program. */
export const SHELL = words(
	'shell exec execute run command commands cmd bash sh zsh fish powershell pwsh terminal tty console eval evaluate python ' +
		'perl ruby node script scripts subprocess spawn repl install invoke kill sudo ssh docker kubectl',
);
/** Verbs that mean a statement rather than a process where the name also names a database. */
export const STATEMENT_VERBS = words('exec execute run evaluate eval script');
/** Keys that take a command. */
export const SHELL_KEYS = words('command commands cmd shell script scripts argv bash exec');
/** Money moves. */
export const PAYMENT = words(
	'pay payment payments payout payouts transfer transfers disburse refund refunds charge purchase buy checkout withdraw ' +
		'invoice stripe',
);
/** Something is taken away. */
export const DELETE = words(
	'delete deletes remove removes rm rmdir unlink purge wipe erase destroy truncate drop prune uninstall trash del shred ' +
		'expunge clear reset discard clean empty',
);
/** Of those, what takes away a whole table. */
export const DROP = words('drop truncate');
/** Secrets are given out. */
export const SECRET = words(
	'secret secrets password passwords passwd credential credentials token tokens apikey keychain vault env environ ' +
		'environment dotenv passphrase cookie cookies',
);
/** Something leaves. */
export const SEND = words(
	'send sends post push publish deploy upload email mail sms message messages notify share tweet submit webhook reply ' +
		'broadcast forward',
);
/** Something is fetched from elsewhere. */
export const REQUEST = words(
	'fetch http https url urls download request crawl scrape browse browser navigate curl wget web internet ping api',
);
/** Something is changed. */
export const WRITE = words(
	'write writes update modify patch edit edits create insert append save set put add move rename copy mkdir touch replace ' +
		'upsert store commit merge apply alter import restore chmod chown sync overwrite export dump',
);
/** Something is read. */
export const READ = words(
	'read reads get list view show search find query select cat head tail stat describe tree grep glob ls count lookup ' +
		'info inspect diff explain',
);
/** The thing is a database. */
export const DATABASE = words(
	'database databases db sql table tables row rows record records postgres postgresql mysql mariadb sqlite mongo mongodb ' +
		'redis duckdb bigquery snowflake schema query queries collection',
);
/** A statement is taken as it is. */
export const RAW_SQL = words('sql statement');
/** The thing is a file. */
export const FILES = words('file files directory directories dir dirs folder folders path paths filesystem fs disk');

/** Words that go with a reading and say nothing of another deed. A word that is in no list at all makes a tool `unknown`. */
const NEUTRAL = words(
	'a an the and or then of from to in on by with without for as at all any every each many multiple several one first last ' +
		'next new recent latest current own my this that allowed available by id ids name names title titles text texts media ' +
		'image images binary raw lines line page pages content contents metadata meta information details detail summary ' +
		'size sizes type types kind status state history log logs version versions data item items entry entries result ' +
		'results value values key keys list lists node nodes note notes document documents doc docs project projects ' +
		'workspace repo repository code source config settings options json yaml xml csv markdown md pdf html local remote ' +
		'recursive recursively range chunk part partial full short long tool tools server servers user users column columns',
);

/** Lists whose words may stand beside a reading. */
export const KNOWN_WORDS = [NEUTRAL, READ, FILES, DATABASE];
