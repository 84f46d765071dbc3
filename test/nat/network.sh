# Makes sites behind routers, in one mount and one process namespace; ends with its input.
#   network.sh KIND=NUMBER...
# Site NUMBER has its machine in the namespace hNUMBER. Everything is on one bridge, 11.0.0.0/24; 11.0.0.250 is the
# machine "tracker", 11.0.0.251 "other". The addresses are public ones, since routers map no ports of others.
set -eu
mount -t tmpfs none /run
mkdir /run/netns
ip netns add core
ip -n core link add name br0 type bridge
ip -n core link set br0 up
ip -n core link set lo up
ip -n core address add 11.0.0.1/24 dev br0
ip netns exec core sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects; echo 0 > /proc/sys/net/ipv4/conf/br0/send_redirects'

# plug NAMESPACE DEVICE ADDRESS: onto the bridge
plug() {
  ip link add name "$2" netns "$1" type veth peer name "to$1" netns core
  ip -n core link set "to$1" master br0 up
  ip -n "$1" link set lo up
  ip -n "$1" address add "$3/24" dev "$2"
  ip -n "$1" link set "$2" up
  ip -n "$1" route add default via 11.0.0.1
}

machine() {
  ip netns add "$1"
  plug "$1" eth0 "$2"
}

# behind NUMBER NETWORK: a machine with .2 of NETWORK, a router with .1
behind() {
  ip netns add "h$1"
  ip netns add "r$1"
  plug "r$1" wan "11.0.0.1$1"
  ip link add name lan netns "r$1" type veth peer name eth0 netns "h$1"
  ip -n "r$1" address add "$2.1/24" dev lan
  ip -n "r$1" link set lan up
  ip -n "h$1" link set lo up
  ip -n "h$1" address add "$2.2/24" dev eth0
  ip -n "h$1" link set eth0 up
  ip -n "h$1" route add default via "$2.1"
  ip netns exec "r$1" sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
}

# rules NUMBER POLICY [MASQUERADE]: what the router does with what comes unasked, and with addresses
rules() {
  {
    echo "table inet filter {"
    echo "  chain input { type filter hook input priority 0; policy $2"
    echo "    iifname lan accept"
    echo "    ct state established,related accept"
    echo "  }"
    echo "  chain miniupnpd {"
    echo "  }"
    echo "  chain forward { type filter hook forward priority 0; policy drop"
    echo "    iifname lan accept"
    echo "    ct state established,related accept"
    echo "    jump miniupnpd"
    echo "  }"
    echo "  chain prerouting_miniupnpd {"
    echo "  }"
    echo "  chain prerouting { type nat hook prerouting priority -100; policy accept"
    echo "    jump prerouting_miniupnpd"
    echo "  }"
    echo "  chain postrouting_miniupnpd {"
    echo "  }"
    echo "  chain postrouting { type nat hook postrouting priority 100; policy accept"
    echo "    jump postrouting_miniupnpd"
    [ -z "${3:-}" ] || echo "    oifname wan $3"
    echo "  }"
    echo "}"
  } | ip netns exec "r$1" nft -f -
}

upnp() {
  cat > "/run/upnp$1.conf" <<CONF
ext_ifname=wan
listening_ip=lan
enable_upnp=yes
enable_natpmp=${NATPMP:-yes}
secure_mode=yes
uuid=00000000-0000-0000-0000-00000000000$1
lease_file=/run/upnp$1.leases
min_lifetime=120
max_lifetime=86400
CONF
  ip netns exec "r$1" miniupnpd -f "/run/upnp$1.conf" -P "/run/upnp$1.pid" -d > "/run/upnp$1.log" 2>&1 &
}

machine tracker 11.0.0.250
machine other 11.0.0.251
for site in "$@"; do
  kind=${site%=*}
  number=${site#*=}
  case $kind in
    open) machine "h$number" "11.0.0.1$number" ;;
    firewall)
      behind "$number" "11.1.$number"
      ip -n core route add "11.1.$number.0/24" via "11.0.0.1$number"
      rules "$number" drop
      ;;
    masquerade) behind "$number" "10.0.$number" && rules "$number" drop masquerade ;;
    random) behind "$number" "10.0.$number" && rules "$number" drop "masquerade fully-random" ;;
    refusing) behind "$number" "10.0.$number" && rules "$number" accept masquerade ;;
    upnp) behind "$number" "10.0.$number" && rules "$number" drop masquerade && upnp "$number" ;;
  esac
done
echo ready
cat > /dev/null
