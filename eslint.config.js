/* What the page's scripts are checked for: `make eslint`, where npx is. */
import { createRequire } from 'node:module';

/* eslint's own copy of its recommended rules, so that nothing but eslint has to be fetched */
const { configs } = createRequire(process.argv[1])('@eslint/js');

const known = (names) => Object.fromEntries(names.map((name) => [name, 'readonly']));
const BROWSER = ['Blob', 'CustomEvent', 'Element', 'Event', 'MutationObserver', 'ResizeObserver', 'SVGSVGElement', 'Text', 'URL',
  'XMLSerializer', 'clearInterval', 'clearTimeout', 'console', 'document', 'fetch', 'getComputedStyle', 'location', 'navigator',
  'performance', 'queueMicrotask', 'requestAnimationFrame', 'setInterval', 'setTimeout', 'window'];
const EVERYWHERE = ['URL', 'URLSearchParams']; /* in node, too */

const rules = Object.fromEntries([
  'array-callback-return', 'arrow-body-style', 'eqeqeq', 'no-duplicate-imports', 'no-else-return', 'no-eval', 'no-implied-eval',
  'no-new-func', 'no-param-reassign', 'no-return-assign', 'no-self-compare', 'no-sequences', 'no-shadow', 'no-throw-literal',
  'no-unneeded-ternary', 'no-unused-expressions', 'no-useless-concat', 'no-useless-rename', 'no-var', 'object-shorthand',
  'prefer-arrow-callback', 'prefer-const', 'prefer-rest-params', 'prefer-spread',
].map((rule) => [rule, 'error']));

export default [
  configs.recommended,
  {
    languageOptions: { ecmaVersion: 2023, sourceType: 'module' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...rules,
      'max-len': ['error', { code: 140 }],
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 90, skipComments: true }],
      /* inside a function, `draw` may be named before it is made */
      'no-use-before-define': ['error', { functions: false, variables: false }],
    },
  },
  /* Only these meet the page; what is in pure/ is run by node as well. */
  { files: ['assets/js/pure/**', 'tests/js/**'], languageOptions: { globals: known(EVERYWHERE) } },
  {
    files: ['assets/js/page.js', 'assets/js/sheet.js', 'assets/js/drawings/**', 'assets/js/parts/**'],
    languageOptions: { globals: known(BROWSER) },
  },
  { files: ['eslint.config.js'], languageOptions: { globals: known(['process']) } },
];
