//! The table of languages. A flat table: one row a language, in no order.

use super::language::{Family, Keys, Language, Quote, Words, long_quote, quote, raw_quote};

const WORDS: Words = Words { extra: "", cased: true, fold: false };
const LOWER: Words = Words { extra: "", cased: false, fold: false };

const BASE: Language = Language {
    names: "",
    family: Family::Code,
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: QUOTES,
    keywords: "",
    types: "",
    constants: "true false null",
    variables: "",
    attributes: "",
    keys: Keys::None,
    words: WORDS,
};

const QUOTES: &[Quote] = &[quote("\""), quote("'")];
const HASH: &[&str] = &["#"];

const SCRIPT: &str = "abstract as async await break case catch class const continue debugger declare default delete do else enum export extends finally for from function get if implements import in instanceof interface is keyof let namespace new of override private protected public readonly return satisfies set static super switch this throw try type typeof var void while with yield";

/// All languages.
pub(super) const LANGUAGES: &[Language] = &[
    Language {
        names: "rust rs",
        quotes: &[quote("b\""), long_quote("\"")],
        keywords: "as async await break const continue crate dyn else enum extern fn for if impl in let loop macro_rules match mod move mut pub ref return self static struct super trait type union unsafe use where while",
        types: "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize Self",
        constants: "true false",
        attributes: "#",
        ..BASE
    },
    Language {
        names: "python py pyi pyw python3",
        line_comments: HASH,
        block_comment: None,
        quotes: &[long_quote("\"\"\""), long_quote("'''"), quote("\""), quote("'")],
        keywords: "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield",
        types: "bool bytes dict float frozenset int list object set str tuple type",
        constants: "True False None self cls",
        attributes: "@",
        ..BASE
    },
    Language {
        names: "javascript js mjs cjs jsx typescript ts tsx mts cts node",
        quotes: &[quote("\""), quote("'"), long_quote("`")],
        keywords: SCRIPT,
        types: "any bigint boolean never number object string symbol unknown",
        constants: "true false null undefined NaN Infinity",
        attributes: "@",
        words: Words { extra: "$", ..WORDS },
        ..BASE
    },
    Language { names: "json jsonc json5 jsonl ipynb", keys: Keys::Quoted, ..BASE },
    Language {
        names: "go golang",
        quotes: &[quote("\""), quote("'"), raw_quote("`", "`")],
        keywords: "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var",
        types: "any bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr",
        constants: "true false nil iota",
        ..BASE
    },
    Language {
        names: "c h cpp c++ cc cxx hpp hh hxx cuda cu objc objective-c m mm ino glsl hlsl",
        keywords: "alignas alignof asm auto break case catch class concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default delete do dynamic_cast else enum explicit export extern final for friend goto if inline mutable namespace new noexcept operator override private protected public register reinterpret_cast requires restrict return sizeof static static_assert static_cast struct switch template this thread_local throw try typedef typeid typename union using virtual volatile while",
        types: "bool char char8_t char16_t char32_t double float int long short signed unsigned void wchar_t size_t ssize_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t intptr_t",
        constants: "true false nullptr NULL",
        attributes: "#",
        ..BASE
    },
    Language {
        names: "java kotlin kt kts scala sc groovy gradle",
        quotes: &[long_quote("\"\"\""), quote("\""), quote("'")],
        keywords: "abstract as assert break case catch class companion const continue crossinline data def default do else enum extends final finally for fun given if implements import in infix init inline instanceof interface internal is lateinit lazy match native new object open operator out override package private protected public record reified return sealed static super suspend switch synchronized tailrec this throw throws trait transient try typealias val var vararg volatile when where while with yield",
        types: "boolean byte char double float int long short void Any Boolean Int Long String Unit",
        attributes: "@",
        ..BASE
    },
    Language {
        names: "csharp c# cs f# fsharp fs",
        quotes: &[raw_quote("@\"", "\""), long_quote("\"\"\""), quote("$\""), quote("\""), quote("'")],
        keywords: "abstract and as async await base break case catch checked class const continue default delegate do else enum event explicit extern finally fixed for foreach fun goto if implicit in init interface internal is let lock match module mutable namespace new not of open operator or out override params private protected public readonly record ref return sealed sizeof stackalloc static struct switch this throw try type typeof unchecked unsafe use using var virtual volatile when where while with yield",
        types: "bool byte char decimal double dynamic float int long object sbyte short string uint ulong ushort void",
        ..BASE
    },
    Language {
        names: "swift",
        quotes: &[long_quote("\"\"\""), quote("\"")],
        keywords: "actor as associatedtype async await break case catch class continue default defer deinit do else enum extension fallthrough fileprivate for func guard if import in init inout internal is let mutating open operator override private protocol public repeat rethrows return self static struct subscript super switch throw throws try typealias unowned var weak where while",
        constants: "true false nil",
        attributes: "@#",
        ..BASE
    },
    Language {
        names: "dart zig v vlang solidity sol",
        quotes: &[long_quote("\"\"\""), quote("\""), quote("'")],
        keywords: "abstract align allowzero and anytype as asm assert async await break case catch class comptime const continue contract covariant default defer deferred do dynamic else emit enum errdefer error event export extends extension external factory final finally fn for function get hide if implements import in inline interface is late library mapping mixin mod modifier mut new noalias on operator or orelse packed part payable pragma pub public private required rethrow return returns set show static struct super suspend switch sync test this threadlocal throw try typedef union unreachable usingnamespace var view virtual volatile while with yield",
        types: "address bool bytes double f16 f32 f64 i8 i16 i32 i64 int isize num string u8 u16 u32 u64 uint uint256 usize void String",
        constants: "true false null undefined",
        attributes: "@",
        ..BASE
    },
    Language {
        names: "ruby rb gemspec rakefile gemfile podfile crystal cr elixir ex exs",
        line_comments: HASH,
        block_comment: None,
        quotes: &[long_quote("\"\"\""), long_quote("\""), quote("'"), long_quote("`")],
        keywords: "after alias and attr_accessor attr_reader attr_writer begin break case class cond def defdelegate defexception defimpl defmacro defmodule defp defprotocol defstruct do else elsif end ensure extend fn for if import in include loop module next not or private protected public quote raise receive redo require require_relative rescue retry return self super then try undef unless unquote until use when while with yield",
        constants: "true false nil __FILE__ __MODULE__",
        variables: "@$:",
        words: Words { extra: "?!", ..WORDS },
        ..BASE
    },
    Language {
        names: "php",
        line_comments: &["//", "#"],
        keywords: "abstract and array as break case catch class clone const continue declare default do echo else elseif empty enum extends final finally fn for foreach function global goto if implements include include_once instanceof insteadof interface isset list match namespace new or print private protected public readonly require require_once return static switch throw trait try unset use var while xor yield",
        types: "bool float int iterable mixed object string void",
        constants: "true false null TRUE FALSE NULL",
        variables: "$",
        ..BASE
    },
    Language {
        names: "perl pl pm r rscript julia jl nim",
        line_comments: HASH,
        block_comment: None,
        quotes: &[long_quote("\"\"\""), long_quote("\""), quote("'")],
        keywords: "abstract and baremodule begin break const continue do else elseif elsif end export finally for foreach from func function global if import in last let library local macro method module mutable my next not object or our package proc quote redo repeat require return struct sub template try type unless until use using var when where while yield",
        constants: "true false nothing missing TRUE FALSE NULL NA Inf NaN undef nil",
        variables: "$@%",
        ..BASE
    },
    Language {
        names: "lua luau",
        line_comments: &["--"],
        block_comment: Some(("--[[", "]]")),
        quotes: &[raw_quote("[[", "]]"), quote("\""), quote("'")],
        keywords: "and break do else elseif end for function goto if in local not or repeat return then until while",
        constants: "true false nil self",
        ..BASE
    },
    Language {
        names: "haskell hs elm purescript purs ocaml ml mli sml",
        line_comments: &["--"],
        block_comment: Some(("{-", "-}")),
        quotes: &[quote("\"")],
        keywords: "and as begin case class data default deriving do done else end exception external family for forall foreign fun function functor hiding if import in include infix infixl infixr instance lazy let match method module mutable newtype object of open port qualified rec sig struct then to try type val virtual when where while with",
        types: "bool char float int list option string unit",
        constants: "true false True False None Some Nothing",
        words: Words { extra: "'", ..WORDS },
        ..BASE
    },
    Language {
        names: "clojure clj cljs edn lisp el elisp scheme scm racket rkt common-lisp",
        line_comments: &[";"],
        block_comment: Some(("#|", "|#")),
        quotes: &[long_quote("\"")],
        keywords: "and begin case cond cond-> def define defmacro defmethod defmulti defn defn- defprotocol defrecord defun defvar do doseq dotimes fn for if if-let if-not lambda let let* letfn loop ns or progn quote recur require setq unless use when when-let when-not while",
        constants: "true false nil t",
        variables: ":",
        words: Words { extra: "-+*/<>=?!%&.", cased: false, fold: false },
        ..BASE
    },
    Language {
        names: "erlang erl hrl tex latex sty matlab octave",
        line_comments: &["%"],
        block_comment: None,
        keywords: "after and andalso band begin bnot bor break bsl bsr bxor case catch classdef continue div else elseif end fun for function global if let maybe not of or orelse otherwise persistent properties receive rem return switch try when while xor",
        variables: "\\?",
        words: LOWER,
        ..BASE
    },
    Language {
        names: "sql psql mysql postgres postgresql sqlite plsql tsql",
        line_comments: &["--"],
        quotes: &[raw_quote("'", "'"), quote("\""), quote("`")],
        keywords: "add all alter analyze and any as asc begin between by cascade case check column commit conflict constraint create cross current database default delete desc distinct do drop else end except exists explain for foreign from full function grant group having if ilike in index inner insert intersect into is join key language left like limit materialized natural not nothing of offset on or order outer over partition primary procedure recursive references replace returning returns revoke right rollback row rows schema select set table then to transaction trigger truncate union unique update using values view when where window with",
        types: "bigint bigserial blob bool boolean bytea char date decimal double float int integer interval json jsonb numeric real serial smallint text time timestamp timestamptz uuid varchar",
        words: Words { cased: false, fold: true, extra: "" },
        ..BASE
    },
    Language {
        names: "graphql gql proto protobuf thrift capnp",
        line_comments: &["//", "#"],
        keywords: "directive enum extend extends fragment implements import input interface message mutation namespace on oneof option optional package query repeated required reserved returns rpc scalar schema service stream struct subscription syntax throws type union",
        types: "bool bytes double fixed32 fixed64 float int32 int64 sint32 sint64 string uint32 uint64 Boolean Float ID Int String",
        attributes: "@",
        variables: "$",
        ..BASE
    },
    Language {
        names: "css scss sass less",
        keywords: "important from to",
        constants: "auto block flex grid inherit initial inline none",
        attributes: "@",
        variables: "$",
        keys: Keys::Colon,
        words: Words { extra: "-", cased: false, fold: false },
        ..BASE
    },
    Language {
        names: "yaml yml docker-compose ansible",
        line_comments: HASH,
        block_comment: None,
        quotes: &[long_quote("\""), raw_quote("'", "'")],
        constants: "true false null yes no on off",
        variables: "&*!",
        keys: Keys::Yaml,
        words: Words { extra: "-", cased: false, fold: false },
        ..BASE
    },
    Language {
        names: "toml ini cfg conf config properties env dotenv editorconfig gitconfig desktop service cargo.lock systemd",
        line_comments: &["#", ";"],
        block_comment: None,
        quotes: &[long_quote("\"\"\""), raw_quote("'''", "'''"), quote("\""), raw_quote("'", "'")],
        constants: "true false",
        keys: Keys::Ini,
        words: Words { extra: "-", cased: false, fold: false },
        ..BASE
    },
    Language {
        names: "hcl terraform tf tfvars nix nginx",
        line_comments: &["#", "//"],
        quotes: &[raw_quote("''", "''"), long_quote("\"")],
        keywords: "assert data dynamic else for for_each if import in inherit let locals location module moved or output provider rec resource server terraform then upstream variable with",
        types: "any bool list map number object set string tuple",
        variables: "$",
        words: Words { extra: "-", cased: false, fold: false },
        ..BASE
    },
    Language {
        names: "dockerfile docker containerfile",
        line_comments: HASH,
        block_comment: None,
        keywords: "FROM AS RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL HEALTHCHECK SHELL",
        variables: "$",
        words: LOWER,
        ..BASE
    },
    Language {
        names: "makefile make mk just justfile gnumakefile cmake cmakelists.txt",
        line_comments: HASH,
        block_comment: None,
        keywords: "add_executable add_library add_subdirectory define else elseif endef endforeach endfunction endif endmacro find_package foreach function if ifdef ifeq ifndef ifneq include macro message override project set target_link_libraries unexport export",
        constants: "ON OFF TRUE FALSE",
        variables: "$",
        attributes: "@",
        keys: Keys::Colon,
        words: Words { extra: "-.", cased: false, fold: false },
        ..BASE
    },
    Language {
        names: "powershell ps1 psm1 pwsh bat cmd batch",
        line_comments: &["#", "::"],
        block_comment: Some(("<#", "#>")),
        quotes: &[long_quote("\""), raw_quote("'", "'")],
        keywords: "begin break catch class continue do else elseif end exit finally for foreach function if in param process return switch throw trap try until using while call echo goto set",
        variables: "$%",
        words: Words { extra: "-", cased: false, fold: true },
        ..BASE
    },
    Language {
        names: "vim viml vimscript",
        line_comments: &["\""],
        block_comment: None,
        quotes: &[quote("'")],
        keywords: "call command else elseif endfor endfunction endif endwhile execute for function if in let map nnoremap noremap return set setlocal syntax try unlet vnoremap while",
        words: LOWER,
        ..BASE
    },
    Language {
        names: "bash sh shell zsh fish ksh dash console shell-session shellsession terminal bashrc zshrc profile .bashrc .zshrc .profile",
        family: Family::Shell,
        keywords: "if then elif else fi for while until do done case esac in function select time return break continue exit export local readonly declare typeset unset set shift source alias trap eval exec end begin",
        ..BASE
    },
    Language {
        names: "html htm xml xhtml svg vue svelte astro rss xsd xsl plist csproj fsproj vcxproj props targets resx xaml jinja jinja2 hbs handlebars ejs erb",
        family: Family::Markup,
        block_comment: Some(("<!--", "-->")),
        ..BASE
    },
    Language { names: "diff patch udiff", family: Family::Diff, ..BASE },
    Language { names: "markdown md mdx rst", family: Family::Markdown, ..BASE },
];
