# shellcheck shell=bash
# To be sourced by bash or zsh: defines _tetra_call NAME ARGUMENT..., which carries a function out in the helper.
# The files that define functions source this one, which lies beside them.

if [ -n "${ZSH_VERSION-}" ]; then
  # what a bash could not parse; %x is the file that is being sourced
  eval '_tetra_file=${${(%):-%x}:A}'
else
  _tetra_file=${BASH_SOURCE[0]}
  [[ ! -L $_tetra_file ]] || _tetra_file=$(readlink -f -- "$_tetra_file")
  [[ $_tetra_file == */* ]] || _tetra_file=./$_tetra_file
  _tetra_file=$(cd -- "${_tetra_file%/*}" && pwd -P)/x
fi
_tetra_file=${_tetra_file%/*}

# beside the folder of the published files, or in a checkout
_TETRA_HELPER=${_tetra_file%/*}/shell-helper.cjs
[[ -e $_TETRA_HELPER ]] || _TETRA_HELPER=${_tetra_file%/*}/dist/shell-helper.cjs
export _TETRA_HELPER
# shell-init says which node; otherwise it is the one of now, also when PATH is changed later
[[ -x ${_TETRA_NODE-} ]] || _TETRA_NODE=$(command -v node) || _TETRA_NODE=node
export _TETRA_NODE

if [ -n "${ZSH_VERSION-}" ]; then
  # also in a zsh that emulates another shell
  # shellcheck disable=SC2016 # that reads it
  emulate zsh -c '. "$_tetra_file/transport.zsh"'
else
  # shellcheck source-path=SCRIPTDIR
  . "$_tetra_file/transport.bash"
fi
unset _tetra_file
