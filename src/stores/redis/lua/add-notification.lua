-- Adds a notification outside a commit: 1, or 0 when its id is there already.
-- ARGV: as `take_notification` takes them.
local notification = take_notification()
if has_notification(notification.id) then return 0 end
add_notification(notification)
return 1
