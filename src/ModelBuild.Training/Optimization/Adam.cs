using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Adam and AdamW: means of gradients and of their squares, both freed of their start at zero.</summary>
internal sealed class Adam(AdamSettings settings) : Optimizer(settings.WeightDecay)
{
    private const double Epsilon = 1e-8;

    protected override void Step(LearnedTensor tensor, Tensor gradient, double rate, double decay)
    {
        Tensor g = gradient;
        if (decay > 0 && settings.IsDecoupled)
        {
            tensor.Parameter.mul_(1 - (rate * decay));
        }
        else if (decay > 0)
        {
            g = gradient.add(tensor.Parameter, decay);
        }

        Tensor mean = Kept(tensor, "mean");
        Tensor square = Kept(tensor, "square");
        mean.mul_(settings.Beta1).add_(g, 1 - settings.Beta1);
        square.mul_(settings.Beta2).addcmul_(g, g, 1 - settings.Beta2);
        double first = 1 - Math.Pow(settings.Beta1, Steps);
        double second = 1 - Math.Pow(settings.Beta2, Steps);
        Tensor divisor = square.sqrt().div_(Math.Sqrt(second)).add_(Epsilon);
        tensor.Parameter.addcdiv_(mean, divisor, -rate / first);
    }
}
