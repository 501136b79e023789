/**
 * Variables by which a definition makes a program load code that its command does not name, or makes its runner fetch it from
 * elsewhere or take it from a cache of somebody's choice.
 */
const LOADS =
	/^(?:NODE_(?:OPTIONS|PATH|REPL_EXTERNAL_MODULE)|ELECTRON_RUN_AS_NODE|BUN_OPTIONS|DENO_DIR|BASH_ENV|ENV|ZDOTDIR|PERL5(?:LIB|OPT|DB)|RUBY(?:OPT|LIB)|GEM_(?:PATH|HOME)|PYTHON(?:PATH|HOME|STARTUP|USERBASE|PYCACHEPREFIX|PLATLIBDIR|EXECUTABLE|WARNINGS|BREAKPOINT)|VIRTUAL_ENV|(?:LD|DYLD|GIT)_.+|GCONV_PATH|CLASSPATH|_?JAVA_(?:TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|JAVA_HOME|DOTNET_(?:STARTUP_HOOKS|ADDITIONAL_DEPS|ROOT)|COR(?:ECLR)?_(?:PROFILER|ENABLE_PROFILING).*|PHP(?:RC|_INI_SCAN_DIR)|LUA_(?:PATH|CPATH|INIT).*|npm_config_.+|YARN_.+|PNPM_HOME|UV_.+|PIP_.+|PIPX_.+|DOCKER_.+|CONTAINER_.+|COMSPEC)$/i;

/** Folders in which runners keep what they have fetched, and in which programs are found. */
const PLACES = /^(?:PATH|PATHEXT|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|XDG_(?:CACHE|CONFIG|DATA)_HOME|SYSTEMROOT)$/i;

/** True for a variable that can make a program load other code than its command names. Names count; values are secrets. */
export function loadsCode(name: string): boolean {
	return LOADS.test(name);
}

/** True for what {@link loadsCode} names, and for what decides where programs and their packages are found. */
export function decidesCode(name: string): boolean {
	return LOADS.test(name) || PLACES.test(name);
}
