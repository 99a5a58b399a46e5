// Why a command does nothing: errors that tell the operator what to do, instead of a stack.

/** The command cannot do what it was asked for. */
export class Refused extends Error {}

/** Its arguments are wrong; its usage is printed with the message. */
export class WrongArguments extends Refused {}
