# A visit by IO::Socket::SSL (README.md).
use strict;
use warnings;
use IO::Socket::SSL;
use MIME::Base64 qw(encode_base64);
use Net::SSLeay;

use constant NO_EXTENDED_MASTER_SECRET => 1;    # SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3

my %told = map { split /=/, $_, 2 } @ARGV;
alarm 40;

sub add_line {
    my ( undef, $line ) = @_;
    open my $log, '>>', $told{key_log} or return;
    print {$log} "$line\n";
    close $log;
}

sub prepare {
    my ($context) = @_;
    Net::SSLeay::CTX_set_options( $context, NO_EXTENDED_MASTER_SECRET ) if $told{ems};
    Net::SSLeay::CTX_set_keylog_callback( $context, \&add_line ) if $told{key_log};
}

( my $version = $told{version} ) =~ s/[.]/_/;
my %options = (
    SSL_hostname            => $told{name},
    SSL_verifycn_name       => $told{name},
    SSL_verifycn_scheme     => 'http',
    SSL_verify_mode         => SSL_VERIFY_PEER,
    SSL_ca_file             => $told{ca},
    SSL_version             => "TLSv$version",
    SSL_create_ctx_callback => \&prepare,
    SSL_session_cache_size  => 4,
    SSL_session_key         => $told{name},
);
$options{SSL_cipher_list} = $told{suite} if $told{suite};
$options{SSL_ecdh_curve} = $told{groups} if $told{groups};
@options{qw(SSL_use_cert SSL_cert_file SSL_key_file)} = ( 1, @told{qw(certificate key)} ) if $told{certificate};
my $context = IO::Socket::SSL::SSL_Context->new(%options) or die "context: $SSL_ERROR\n";

for ( 1 .. $told{connections} ) {
    my $socket = IO::Socket::SSL->new(
        PeerHost      => $told{host},
        PeerPort      => $told{port},
        %options,
        SSL_reuse_ctx => $context,
    ) or die "handshake: $SSL_ERROR\n";
    print {$socket} "GET $told{path} HTTP/1.1\r\nHost: $told{name}\r\nAccept: application/json\r\nConnection: close\r\n\r\n";
    my $answer = do { local $/; <$socket> };
    ( my $spoken = $socket->get_sslversion ) =~ s/TLSv//;
    $spoken =~ s/_/./;
    my ( undef, $body ) = split /\r\n\r\n/, $answer, 2;
    my $resumed = $socket->get_session_reused ? 1 : 0;
    print "visit version=$spoken suite=", $socket->get_cipher, " resumed=$resumed page=", encode_base64( $body, '' ), "\n";
    $socket->close;
}
