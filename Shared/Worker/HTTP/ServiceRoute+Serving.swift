import HTTPTypes
import Hummingbird
import NIOCore

extension ServiceRoute {
    /// Adds the route to a router. A body that trickles in loses its connection after `bodySeconds`.
    func add(to router: Router<OperationsContext>, bodySeconds: Int) {
        guard let name = HTTPRequest.Method(method) else { return }
        router.on(RouterPath(path), method: name) { request, context in
            let deadline = OperationsRoutes.close(context.channel, after: bodySeconds)
            let body: [UInt8]
            do throws(BodyRefusal) { body = try await read(request) } catch {
                deadline.cancel()
                // The rest of a refused body is not read to its end: the sender gets two seconds for the answer.
                _ = OperationsRoutes.close(context.channel, after: 2)
                return Self.response(refusal(error.fault), closes: true)
            }
            deadline.cancel()
            let answer = await handler(
                ServiceRequest(
                    method: method, target: request.head.path ?? path,
                    headers: request.headers.map { (name: $0.name.canonicalName, value: $0.value) }, body: body))
            return Self.response(answer, closes: false)
        }
    }

    private struct BodyRefusal: Error { let fault: ServiceBodyFault }

    private func read(_ request: Request) async throws(BodyRefusal) -> [UInt8] {
        let tooLong = BodyRefusal(fault: .tooLong(limit: bodyLimit))
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bodyLimit { throw tooLong }
        var bytes: [UInt8] = []
        do {
            for try await chunk in request.body {
                guard bytes.count + chunk.readableBytes <= bodyLimit else { throw tooLong }
                bytes.append(contentsOf: chunk.readableBytesView)
            }
        } catch let refusal as BodyRefusal {
            throw refusal
        } catch {
            throw BodyRefusal(fault: .cutShort)
        }
        return bytes
    }

    private static func response(_ answer: ServiceAnswer, closes: Bool) -> Response {
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        if closes { headers[.connection] = "close" }
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
