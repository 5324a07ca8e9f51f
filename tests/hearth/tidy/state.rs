//! No module-level mutable state: what changes has an owner that was made and can end.

use crate::source::{Source, all, none};

/// Inside a `static`, these mean that it changes. A value that is computed once
/// and then stays (`LazyLock`, `OnceLock`) is a constant that came late.
const CELLS: &[&str] = &[
    "Mutex", "RwLock", "RefCell", "Cell<", "Atomic", "DashMap", "Sender<",
];

fn rust_violations(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = source.code_lines().peekable();
    while let Some((number, line)) = lines.next() {
        let code = line.trim_start();
        if code.starts_with("thread_local!") {
            found.push(source.at(number, "thread-local state"));
        }
        let Some(mut item) = static_item(code).map(str::to_owned) else {
            continue;
        };
        if item.starts_with("mut ") {
            found.push(source.at(number, "static mut"));
        }
        // The type may go on over the next lines; it ends where the value begins.
        while !item.contains('=') && !item.contains(';') {
            let Some((_, more)) = lines.next() else { break };
            item.push_str(more);
        }
        let kind = item.split('=').next().unwrap_or_default();
        if CELLS.iter().any(|cell| kind.contains(cell)) {
            found.push(source.at(number, "a static that changes"));
        }
    }
    found
}

/// What follows `static`, whatever its visibility.
fn static_item(code: &str) -> Option<&str> {
    if let Some(rest) = code.strip_prefix("static ") {
        return Some(rest);
    }
    let rest = code.strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(scoped) => scoped.split_once(')')?.1,
        None => rest,
    };
    rest.strip_prefix(" static ")
}

/// In TypeScript, what stands unindented is module level; the formatter sees to that.
fn script_violations(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in module_lines(source) {
        let code = line.strip_prefix("export ").unwrap_or(line);
        if code.starts_with("let ") || code.starts_with("var ") {
            found.push(source.at(number, "a module-level variable"));
        }
        let empty = [
            "new Map()",
            "new Set()",
            "new WeakMap()",
            "new WeakSet()",
            "= [];",
            "= {};",
        ];
        let typed_empty =
            code.contains("new Map<") || code.contains("new Set<") || code.contains("new WeakMap<");
        let filled_later = empty.iter().any(|value| code.contains(value))
            || (typed_empty && code.trim_end().ends_with("();"))
            || code.contains("= $state");
        let may_change = !code.contains("Readonly") && !code.contains(": readonly ");
        if code.starts_with("const ") && filled_later && may_change && !code.contains("=>") {
            found.push(source.at(number, "a module-level collection that is filled later"));
        }
    }
    found
}

/// The lines at module level: all unindented ones of a script, and in a
/// component those of `<script module>`, where one step of indentation is none.
fn module_lines(source: &Source) -> Vec<(usize, &str)> {
    if !source.is("svelte") {
        let unindented = |line: &&str| !line.starts_with([' ', '\t', '}', ')']);
        return source
            .code_lines()
            .filter(|(_, line)| unindented(line))
            .collect();
    }
    let mut inside = false;
    let mut lines = Vec::new();
    for (number, line) in source.code_lines() {
        if line.starts_with("<script") {
            inside = line.contains(" module");
        } else if line.starts_with("</script") {
            inside = false;
        } else if inside {
            let dedented = line
                .strip_prefix('\t')
                .or_else(|| line.strip_prefix("  "))
                .unwrap_or(line);
            if !dedented.starts_with([' ', '\t']) {
                lines.push((number, dedented));
            }
        }
    }
    lines
}

fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        if source.is("rs") && source.under("src-tauri/") {
            found.extend(rust_violations(source));
        }
        let script = source.is("ts") || source.is("svelte");
        if script && source.under("ui/src/") && !source.path.contains(".test.") {
            found.extend(script_violations(source));
        }
    }
    found
}

#[test]
fn nothing_changes_at_module_level() {
    none(&violations(&all()));
}

#[test]
fn what_changes_at_module_level_is_found() {
    for text in [
        "static mut COUNT: u32 = 0;",
        "static SEEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());",
        "pub(crate) static NEXT: AtomicU64 = AtomicU64::new(0);",
        "static CACHE: LazyLock<\n    RwLock<u8>,\n> = LazyLock::new(make);",
        "thread_local! {",
    ] {
        let planted = [Source::new("src-tauri/engine/src/x.rs", text)];
        assert_eq!(violations(&planted).len(), 1, "{text}");
    }
    for (path, text) in [
        ("ui/src/a.ts", "let count = 0;"),
        ("ui/src/a.ts", "export let count = 0;"),
        ("ui/src/a.ts", "const cache = new Map<string, string>();"),
        ("ui/src/a.svelte.ts", "const open = $state(false);"),
        ("ui/src/a.ts", "const seen: string[] = [];"),
        (
            "ui/src/A.svelte",
            "<script module lang=\"ts\">\n  let next = 0;\n</script>",
        ),
    ] {
        let planted = [Source::new(path, text)];
        assert_eq!(violations(&planted).len(), 1, "{text}");
    }
    none(&violations(&[
        Source::new(
            "src-tauri/wire/src/m.rs",
            "static MODELS: LazyLock<Vec<Model>> = LazyLock::new(read);",
        ),
        Source::new("src-tauri/wire/src/m.rs", "fn all() -> &'static [Model] {"),
        Source::new(
            "ui/src/a.ts",
            "const words = new Set(['a']);\nfunction f() {\n  let x = 0;\n}",
        ),
        Source::new(
            "ui/src/A.svelte",
            "<script lang=\"ts\">\n  let open = $state(false);\n</script>",
        ),
    ]));
}
