// Eclipse Paho for Go (MQTT 3.1.1): see README.md in the folder above.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const patience = 20 * time.Second

var big = make([]byte, 300*1024)

// check ends the program where something went wrong.
func check(err error) {
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
}

func wait(token mqtt.Token) {
	if !token.WaitTimeout(patience) {
		check(errors.New("no answer"))
	}
	check(token.Error())
}

func read(path string) []byte {
	text, err := os.ReadFile(path)
	check(err)
	return text
}

// unrevoked refuses certificates on a list of the authority that vouched for them.
func unrevoked(path string) func(tls.ConnectionState) error {
	block, _ := pem.Decode(read(path))
	list, err := x509.ParseRevocationList(block.Bytes)
	check(err)
	return func(state tls.ConnectionState) error {
		for _, chain := range state.VerifiedChains {
			if err := list.CheckSignatureFrom(chain[len(chain)-1]); err != nil {
				return err
			}
			for _, revoked := range list.RevokedCertificateEntries {
				if revoked.SerialNumber.Cmp(chain[0].SerialNumber) == 0 {
					return fmt.Errorf("the certificate was revoked at %v (checked by the program)", revoked.RevocationTime)
				}
			}
		}
		return nil
	}
}

func options(url, ca, crl, name string) *mqtt.ClientOptions {
	all := mqtt.NewClientOptions().SetClientID(name).SetAutoReconnect(false).SetOrderMatters(false)
	if strings.HasPrefix(url, "unix:") {
		url = "unix://" + url[5:]
	}
	all.AddBroker(url)
	all.SetConnectionLostHandler(func(_ mqtt.Client, err error) { fmt.Println("lost", err) })
	if name != "" {
		all.SetWill("gone/"+name, "x", 1, true)
	}
	if ca != "-" {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(read(ca))
		config := &tls.Config{RootCAs: roots}
		if crl != "-" {
			config.VerifyConnection = unrevoked(crl)
		}
		all.SetTLSConfig(config)
	}
	return all
}

func talk(url, ca, name string) {
	client := mqtt.NewClient(options(url, ca, "-", name))
	wait(client.Connect())
	came := make(chan mqtt.Message, 100)
	keep := func(_ mqtt.Client, message mqtt.Message) { came <- message }
	next := func() mqtt.Message {
		select {
		case message := <-came:
			return message
		case <-time.After(patience):
			check(errors.New("no message"))
			return nil
		}
	}
	for qos := byte(0); qos < 3; qos++ {
		topic := fmt.Sprintf("talk/%s/%d", name, qos)
		wait(client.Subscribe(topic, qos, keep))
		client.Publish(topic, qos, false, "bar")
		small := next()
		fmt.Println("small", string(small.Payload()), small.Qos())
		client.Publish(topic, qos, false, big)
		found, how := next(), "different"
		if bytes.Equal(found.Payload(), big) {
			how = "same"
		}
		fmt.Println("big", len(found.Payload()), how, found.Qos())
	}
	wait(client.Publish("kept/"+name, 1, true, "kept"))
	wait(client.Subscribe("kept/"+name, 1, keep))
	kept, how := next(), "live"
	if kept.Retained() {
		how = "retained"
	}
	fmt.Println(how, string(kept.Payload()))

	flow := make(chan bool)
	wait(client.Subscribe("flow/"+name, 0, func(mqtt.Client, mqtt.Message) { flow <- true }))
	for i := 0; i < 10; i++ {
		<-flow
	}
	// So many milliseconds at most, until the goodbye is sent.
	client.Disconnect(20_000)
}

var staying []mqtt.Client

func stay(url, ca, name string) {
	client := mqtt.NewClient(options(url, ca, "-", name))
	wait(client.Connect())
	staying = append(staying, client)
}

func meet(url, ca, crl string) {
	client := mqtt.NewClient(options(url, ca, crl, ""))
	token := client.Connect()
	token.WaitTimeout(patience)
	if err := token.Error(); err != nil {
		fmt.Println("refused", strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	fmt.Println("accepted")
	client.Disconnect(20_000)
}

func main() {
	for i := range big {
		big[i] = byte(i % 251)
	}
	wishes := bufio.NewScanner(os.Stdin)
	for wishes.Scan() {
		wish := strings.Fields(wishes.Text())
		switch wish[0] {
		case "talk":
			talk(wish[1], wish[2], wish[3])
		case "stay":
			stay(wish[1], wish[2], wish[3])
		default:
			meet(wish[1], wish[2], wish[3])
		}
		fmt.Println("done")
	}
}
