/** The part of a JSON Schema that forms are made from. */
export interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  readonly maxLength?: number;
  readonly description?: string;
}

export interface ObjectSchema {
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

/** Fields that are for programs. */
const HIDDEN: ReadonlySet<string> = new Set(['metadata', 'options', 'request_id']);
const LONG_TEXT = 1_000;

/** Fills a form with one field for each property; its values come back by `valuesOf`. */
export function fillForm(form: HTMLFormElement, schema: ObjectSchema, label: string): void {
  form.replaceChildren();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (HIDDEN.has(name)) continue;
    const field = controlFor(name, alternative(property));
    field.required = schema.required?.includes(name) ?? false;
    field.id = `${form.id}-${name}`;
    const caption = document.createElement('label');
    caption.htmlFor = field.id;
    caption.textContent = name;
    const explanation = document.createElement('small');
    explanation.textContent = property.description ?? '';
    explanation.id = `${field.id}-explanation`;
    field.setAttribute('aria-describedby', explanation.id);
    form.append(caption, field, explanation);
  }
  const submit = document.createElement('button');
  submit.textContent = label;
  form.append(submit);
}

/** What was entered; fields left empty are left out. */
export function valuesOf(form: HTMLFormElement): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of form.elements) {
    if (field instanceof HTMLSelectElement && field.multiple) {
      const chosen = [...field.selectedOptions].map((option) => option.value);
      if (chosen.length > 0) values[field.name] = chosen;
    } else if (isControl(field) && field.value !== '') {
      values[field.name] = field instanceof HTMLInputElement && field.type === 'number' ? Number(field.value) : field.value;
    }
  }
  return values;
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function isControl(element: Element): element is Control {
  return element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement;
}

/** The form of a nullable field that is not null. */
function alternative(property: FieldSchema): FieldSchema {
  return property.anyOf?.find(({ type }) => type !== 'null') ?? property;
}

function controlFor(name: string, schema: FieldSchema): Control {
  const several = schema.type === 'array' ? schema.items?.enum : undefined;
  const choices = several ?? schema.enum;
  const control = choices === undefined ? textControl(schema) : choiceControl(choices, several !== undefined);
  control.name = name;
  return control;
}

function choiceControl(choices: readonly unknown[], several: boolean): HTMLSelectElement {
  const select = document.createElement('select');
  select.multiple = several;
  for (const choice of several ? choices : ['', ...choices]) {
    const option = document.createElement('option');
    option.value = option.textContent = String(choice);
    select.append(option);
  }
  return select;
}

function textControl({ type, maxLength }: FieldSchema): HTMLInputElement | HTMLTextAreaElement {
  if (type === 'string' && (maxLength ?? 0) >= LONG_TEXT) return document.createElement('textarea');
  const input = document.createElement('input');
  if (type === 'integer' || type === 'number') {
    input.type = 'number';
    input.step = type === 'integer' ? '1' : 'any';
  }
  return input;
}
