export type OrdersErrorCode =
  | 'order_not_found'
  | 'menu_item_not_found'
  | 'component_not_found'
  | 'component_not_removable'
  | 'extra_limit_exceeded'
  | 'swap_not_found'
  | 'changes_contradict'
  | 'order_total_zero'
  | 'order_total_too_large'
  | 'order_not_open'
  | 'order_being_paid'
  | 'order_move_not_allowed'
  | 'order_states_unknown';
