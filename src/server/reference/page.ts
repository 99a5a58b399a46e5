// Schema reference page: HTML of every type, field, argument and enum value, made from the descriptions of the schema.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  astFromValue,
  getNamedType,
  type GraphQLArgument,
  type GraphQLEnumValue,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  print,
} from 'graphql';
import { projectRoot } from '../../config/project-root';
import type { Text } from '../../lib/locale';

/** Anything that has a place of its own on the page, beside types. */
type Member = GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLEnumValue | GraphQLArgument;

interface Group {
  id: string;
  title: Text;
  types: GraphQLNamedType[];
}

/** The page, and what a content policy must allow: its only style and its only script. */
export interface ReferencePage {
  html: string;
  style: string;
  script: string;
}

const FOLDER = join(projectRoot, 'src', 'server', 'reference');
const KINDS: { id: string; title: Text; has: (type: GraphQLNamedType) => boolean }[] = [
  { id: 'objects', title: { vi: 'Kiểu đối tượng', en: 'Object types' }, has: isObjectType },
  { id: 'interfaces', title: { vi: 'Giao diện', en: 'Interfaces' }, has: isInterfaceType },
  { id: 'inputs', title: { vi: 'Kiểu đầu vào', en: 'Input types' }, has: isInputObjectType },
  { id: 'enums', title: { vi: 'Kiểu liệt kê', en: 'Enums' }, has: isEnumType },
  { id: 'scalars', title: { vi: 'Kiểu vô hướng', en: 'Scalars' }, has: isScalarType },
];
const ROOTS: Record<string, Text> = {
  Query: { vi: 'Truy vấn', en: 'Queries' },
  Mutation: { vi: 'Thay đổi', en: 'Mutations' },
  Subscription: { vi: 'Theo dõi', en: 'Subscriptions' },
};
/** A Vietnamese term in brackets, wherever it stands: it has letters of its own, or ends the description. */
const TERM = /\s*\(([^()]*[\u00C0-\u1EF9][^()]*|[^()]+(?=\)\.?$))\)/g;

/** Renders the reference of a schema: one page that needs nothing else. */
export function renderReference(schema: GraphQLSchema): ReferencePage {
  const style = readFileSync(join(FOLDER, 'style.css'), 'utf8');
  const script = readFileSync(join(FOLDER, 'browser.js'), 'utf8');
  return { html: new Renderer(schema).page(style, script), style, script };
}

class Renderer {
  private readonly anchors = new Set<string>();
  private readonly groups: Group[];

  constructor(private readonly schema: GraphQLSchema) {
    const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
    for (const type of types) {
      this.anchors.add(type.name);
      for (const { name } of membersOf(type)) this.anchors.add(`${type.name}.${name}`);
    }
    const kinds = KINDS.map(({ id, title, has }) => ({ id, title, types: types.filter(has) }));
    this.groups = [
      ...Object.entries(ROOTS).map(([name, title]) => ({
        id: `group-${name}`,
        title,
        types: types.filter((type) => type.name === name),
      })),
      ...kinds.map((kind) => ({ ...kind, types: kind.types.filter(({ name }) => !(name in ROOTS)) })),
    ].filter((group) => group.types.length > 0);
  }

  page(style: string, script: string): string {
    const title = { vi: 'Canbo – tra cứu lược đồ GraphQL', en: 'Canbo – GraphQL schema reference' };
    const whole = this.described(this.schema.description);
    return `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title.vi} · schema reference</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header>
<h1><a href="#search">${both(title)}</a></h1>
<label>${both({ vi: 'Ngôn ngữ', en: 'Language' })} <select id="language"><option value="vi" lang="vi">Tiếng Việt</option><option value="en" lang="en">English</option></select></label>
</header>
<nav aria-labelledby="index-title">
<label for="search">${both({ vi: 'Tìm theo tên, thuật ngữ hoặc mô tả', en: 'Search names, terms and descriptions' })}</label>
<input id="search" type="search" autocomplete="off" spellcheck="false">
<p id="found" role="status"><span id="count"></span> <span id="found-words" hidden>${both({ vi: 'kết quả', en: 'found' })}</span></p>
<ul id="results"></ul>
<h2 id="index-title">${both({ vi: 'Mục lục', en: 'Index' })}</h2>
${this.groups.map((group) => this.index(group)).join('\n')}
</nav>
<main>
${whole}
${this.groups.map((group) => this.group(group)).join('\n')}
</main>
<script>${script}</script>
</body>
</html>
`;
  }

  /** The links of a group: to the fields of a root type, to the types of any other. */
  private index({ title, types }: Group): string {
    const [first] = types as [GraphQLNamedType];
    const ids =
      first.name in ROOTS
        ? membersOf(first).map(({ name }) => `${first.name}.${name}`)
        : types.map(({ name }) => name);
    const links = ids.map((id) => `<li><a href="#${id}">${id.split('.').at(-1)}</a></li>`).join('');
    return `<details><summary>${both(title)} <span>${ids.length}</span></summary><ul>${links}</ul></details>`;
  }

  private group({ id, title, types }: Group): string {
    return `<section aria-labelledby="${id}"><h2 id="${id}">${both(title)}</h2>${types.map((type) => this.type(type)).join('\n')}</section>`;
  }

  private type(type: GraphQLNamedType): string {
    const members = membersOf(type)
      .map((member) => this.member(type.name, member))
      .join('\n');
    return `<article id="${type.name}"><h3><a href="#${type.name}">${type.name}</a></h3>
${this.described(type.description, type.name)}${this.relatives(type)}${members && `<ul class="members">${members}</ul>`}</article>`;
  }

  /** What a type has to do with others of its kind. */
  private relatives(type: GraphQLNamedType): string {
    const list = (words: Text, types: readonly GraphQLNamedType[]) =>
      types.length > 0 ? `<p>${both(words)}: ${types.map((each) => this.link(each)).join(', ')}</p>` : '';
    if (isObjectType(type)) return list({ vi: 'Thuộc giao diện', en: 'Implements' }, type.getInterfaces());
    if (isInterfaceType(type))
      return list({ vi: 'Gồm các kiểu', en: 'Implemented by' }, this.schema.getPossibleTypes(type));
    if (isInputObjectType(type) && type.isOneOf)
      return `<p>${both({ vi: 'Chỉ điền đúng một trường', en: 'Exactly one field is given' })}</p>`;
    return isScalarType(type) && type.specifiedByURL
      ? `<p><a href="${escape(type.specifiedByURL)}" rel="noreferrer">${escape(type.specifiedByURL)}</a></p>`
      : '';
  }

  /** A field, an argument or an enum value, with the arguments it has itself. @param owner the id of what it is in. */
  private member(owner: string, member: Member): string {
    const id = `${owner}.${member.name}`;
    const of = 'type' in member ? `: ${this.link(member.type)}${defaultOf(member)}` : '';
    const args = 'args' in member ? member.args.map((arg) => this.member(id, arg)).join('\n') : '';
    return `<li id="${id}"><code><a href="#${id}">${member.name}</a>${of}</code>
${this.described(member.description, owner)}${this.deprecated(member.deprecationReason, owner)}${
      args &&
      `<p class="args">${both({ vi: 'Tham số', en: 'Arguments' })}</p><ul class="members">${args}</ul>`
    }</li>`;
  }

  private deprecated(reason: string | null | undefined, owner: string): string {
    if (reason == null) return '';
    return `<p class="deprecated"><strong>${both({ vi: 'Không nên dùng nữa', en: 'Deprecated' })}</strong> <span lang="en">${this.prose(reason, owner)}</span></p>`;
  }

  private described(description: string | null | undefined, owner = ''): string {
    if (!description) return '';
    const terms = [...description.matchAll(TERM)].map(([, term]) => `<b lang="vi">${escape(term!)}</b>`);
    const sentence = `<span lang="en">${this.prose(description.replace(TERM, ''), owner)}</span>`;
    return `<p class="about">${[terms.join(' · '), sentence].filter(Boolean).join(' ')}</p>`;
  }

  /** Text with its `code` marked, and linked where it names something of the schema. */
  private prose(text: string, owner: string): string {
    return escape(text).replace(/`([^`]+)`/g, (_, code: string) => {
      const places = [`${owner}.${code}`, code, ...Object.keys(ROOTS).map((root) => `${root}.${code}`)];
      const id = places.find((each) => this.anchors.has(each));
      return id ? `<a href="#${id}"><code>${code}</code></a>` : `<code>${code}</code>`;
    });
  }

  private link(type: GraphQLType): string {
    const { name } = getNamedType(type);
    return escape(String(type)).replace(name, () => `<a href="#${name}">${name}</a>`);
  }
}

function membersOf(type: GraphQLNamedType): readonly Member[] {
  if (isEnumType(type)) return type.getValues();
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
    return Object.values<Member>(type.getFields());
  return [];
}

function defaultOf(member: Member): string {
  if (!('defaultValue' in member) || member.defaultValue === undefined) return '';
  const value = astFromValue(member.defaultValue, member.type);
  return value ? ` = ${escape(print(value))}` : '';
}

/** Words of the page itself: the style shows those of the chosen language. */
const both = ({ vi, en }: Text): string =>
  `<span class="word" lang="vi">${vi}</span><span class="word" lang="en">${en}</span>`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replace(/[&<>"]/g, (letter) => ENTITIES[letter]!);
