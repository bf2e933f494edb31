using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Axes that become one element. Import has taken the other reductions apart into these.</summary>
internal static class Reductions
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("ReduceMean", call => Reduce(call, (x, axes, keep) => x.is_floating_point() ? x.mean(axes, keep)
            : Binary.Truncated(x.sum(axes, keep, x.dtype), torch.tensor(axes.Aggregate(1L, (n, a) => n * x.shape[a]))))),
        ("ReduceSum", call => Reduce(call, (x, axes, keep) => x.sum(axes, keep, x.dtype))),
        ("ReduceMax", call => Reduce(call, (x, axes, keep) => x.amax(axes, keep))),
        ("ReduceMin", call => Reduce(call, (x, axes, keep) => x.amin(axes, keep))),
        ("ReduceProd", call => Reduce(call, Product)),
        ("ArgMax", call => Argument(call, isLargest: true)),
        ("ArgMin", call => Argument(call, isLargest: false)),
        ("CumSum", call => Cumulate(call, (x, axis) => x.cumsum(axis, x.dtype), x => torch.zeros_like(x))),
        ("CumProd", call => Cumulate(call, (x, axis) => x.cumprod(axis), x => torch.ones_like(x))),
    ];

    private static Tensor Reduce(NodeCall call, Func<Tensor, long[], bool, Tensor> reduce)
    {
        long[] axes = [.. (call.Numbers(1) ?? []).Select(a => NodeCall.Axis(a, call.Rank))];
        if (axes.Length == 0)
        {
            if (call.Node.Int("noop_with_empty_axes") != 0)
            {
                return call[0].alias();
            }

            axes = [.. Enumerable.Range(0, call.Rank).Select(a => (long)a)];
        }

        return axes.Length == 0 ? call[0].alias() : reduce(call[0], axes, call.Node.Int("keepdims", 1) != 0);
    }

    private static Tensor Product(Tensor x, long[] axes, bool keep)
    {
        foreach (long axis in axes.OrderDescending())
        {
            x = x.prod(axis, keep, x.dtype);
        }

        return x;
    }

    private static Tensor Argument(NodeCall call, bool isLargest)
    {
        long axis = call.Node.Axis(call.Rank);
        bool keep = call.Node.Int("keepdims", 1) != 0;

        // Of equal ones LibTorch takes any, ONNX the first or the last: they get a tie-break of their own.
        Tensor x = call[0];
        Tensor extreme = isLargest ? x.amax([axis], true) : x.amin([axis], true);
        long length = x.shape[axis];
        long[] along = [.. Enumerable.Range(0, call.Rank).Select(a => a == axis ? length : 1L)];
        Tensor places = Scalars.UpTo(length, x.device).reshape(along).expand(x.shape);
        bool isLast = call.Node.Int("select_last_index") != 0;
        Tensor candidates = torch.where(x.eq(extreme), places, torch.full_like(places, Scalars.Of(isLast ? -1 : length)));
        return isLast ? candidates.amax([axis], keep) : candidates.amin([axis], keep);
    }

    private static Tensor Cumulate(NodeCall call, Func<Tensor, long, Tensor> cumulate, Func<Tensor, Tensor> neutral)
    {
        long axis = NodeCall.Axis(call.Numbers(1)![0], call.Rank);
        bool isReverse = call.Node.Int("reverse") != 0;
        Tensor x = isReverse ? call[0].flip(axis) : call[0];
        if (call.Node.Int("exclusive") != 0 && x.shape[axis] > 0)
        {
            x = torch.cat([neutral(x.narrow(axis, 0, 1)), x.narrow(axis, 0, x.shape[axis] - 1)], axis);
        }

        Tensor result = cumulate(x, axis);
        return isReverse ? result.flip(axis) : result;
    }
}
