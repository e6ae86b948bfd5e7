using PgmCluster.Benchmarks.Harness;
using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// A block's forward pass as written in C# against the same operations as a TorchScript program on the same libtorch: what the managed
/// calls cost.
/// </summary>
public sealed class TorchScriptBenchmark : IBenchmark
{
    private const string Source = """
        def turn(x, cos, sin):
            half = x.size(3) // 2
            swapped = torch.cat([x[:, :, :, half:], x[:, :, :, :half]], -1)
            return torch.addcmul(x * cos, swapped, sin)

        def block(x, shift1, scale1, gate1, shift2, scale2, gate2, norm1, qkv, out, norm2, expand, expand_bias, contract, contract_bias, cos, sin):
            heads = x.size(2) // (cos.size(2))
            y = torch.addcmul(shift1, torch.layer_norm(x, [x.size(2)], norm1, None, 1e-5), scale1)
            parts = torch.linear(y, qkv).unflatten(2, [3 * heads, -1])
            qk = turn(parts[:, :, :2 * heads], cos, sin)
            a = torch.scaled_dot_product_attention(qk[:, :, :heads].transpose(1, 2), qk[:, :, heads:].transpose(1, 2), parts[:, :, 2 * heads:].transpose(1, 2))
            x = torch.addcmul(x, gate1, torch.linear(a.transpose(1, 2).flatten(2), out))
            z = torch.addcmul(shift2, torch.layer_norm(x, [x.size(2)], norm2, None, 1e-5), scale2)
            z = torch.linear(torch.gelu(torch.linear(z, expand, expand_bias), approximate="tanh"), contract, contract_bias)
            return torch.addcmul(x, gate2, z)

        """;

    public string Name => "torchscript";

    public string Description => "an encoder block in C# and as a TorchScript program";

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        yield return Compare(
            "quickstart's width, 20 images of 51 positions", hidden: 128, heads: 4, batch: 20, positions: 51, repeats: 100, options);
        yield return Compare(
            "quickstart's width, 1 image of 16 positions", hidden: 128, heads: 4, batch: 1, positions: 16, repeats: 500, options);
        yield return Compare(
            "published width, 1 image of 1026 positions", hidden: 1024, heads: 16, batch: 1, positions: 1026, repeats: 2, options);
    }

    private static Comparison Compare(string title, int hidden, int heads, int batch, int positions, int repeats, BenchmarkOptions options)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var block = new EncoderBlock(hidden, heads, 4);
        var state = StateDict.Of(block);
        WeightInitialization.Apply(state, 0, (_, _) => InitialWeight.SmallNormal);
        var rotary = new RotaryEmbedding(hidden / heads, positions);
        var (cos, sin) = rotary.Table();
        var m = block.Modulate(randn(batch, hidden));
        var x = randn(batch, positions, hidden);
        using var program = jit.compile(Source);
        object[] arguments =
        [
            x, m.Shift1, m.Scale1, m.Gate1, m.Shift2, m.Scale2, m.Gate2, state["norm1.weight"], state["attn_qkv.weight"],
            state["attn_out.weight"], state["norm2.weight"],
            state["mlp.0.weight"], state["mlp.0.bias"], state["mlp.2.weight"], state["mlp.2.bias"], cos, sin,
        ];
        using (var script = (Tensor)program.invoke("block", arguments))
        {
            var difference = (script - block.Forward(x, m, null, cos, sin, null)).abs().max().item<float>();
            if (difference > 1e-3)
                throw new InvalidOperationException(
                    $"Comparing with TorchScript: the two blocks differ by {difference}. They must compute the same.");
        }
        // The same thread for both, one operator thread each: it is the calls that are compared.
        using var lane = new ComputeLanes(1, 1, "bench");
        return Comparison.Of($"Encoder block, {title}", options.Rounds,
            new Variant("TorchScript", () => lane.Run(1, (_, _) =>
            {
                using var inference = inference_mode();
                for (var i = 0; i < repeats; i++) ((Tensor)program.invoke("block", arguments)).Dispose();
            })),
            new Variant("C#", () => lane.Run(1, (_, _) =>
            {
                using var inference = inference_mode();
                for (var i = 0; i < repeats; i++) block.Forward(x, m, null, cos, sin, null).Dispose();
            })));
    }
}
