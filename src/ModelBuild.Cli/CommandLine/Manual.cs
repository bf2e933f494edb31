namespace ModelBuild.Cli.CommandLine;

/// <summary>What a manual has beside usage and options: how things are meant, and examples.</summary>
internal static class Manual
{
    private const string Always =
        """
        Exit codes:
          0    done
          1    a model or another file does not allow it; errors with MODELB codes say why
          2    the command line cannot be understood; no file was read
          130  cancelled with Ctrl+C

        Results go to standard output, errors and warnings to standard error in the form of compiler errors.
        In a pipe or file, text is plain and unwrapped. Every code has a page in docs/diagnostics.

        """;

    private const string Modes =
        """
        Modes:
          fp32          float32 weights and arithmetic
          fp16          weights stored in 16 bits, float32 arithmetic
          int8-weights  weights stored in 8 bits, float32 arithmetic; with --calibration they are rounded better
          int4-weights  the same, but weights of matrix products and rows of tables in 4 bits
          int8-dynamic  8-bit weights; products with them by integers, whose scales are found at run time
          int8          8-bit weights and activations, integer arithmetic. Scales come from --calibration, or
                        from the model where it was quantized before (Q/DQ form)
          int16x8       8-bit weights, 16-bit activations where products read them; needs --calibration
          auto          int8 with as few tensors in 16 bits or in float as reach --min-sqnr (30 unless given)
                        and the other budgets

        """;

    private const string Inputs =
        """
        Inputs:
          --input NAME=FILE.npy   one array, for the input of that name
          --input FILE.npy        the same, for a model with one input
          --input FILE.npz        an array for each input, called as the input or in_NAME
          Arrays must have the input's element type, and its shape with any size for symbols such as
          batch. One symbol has one size in all inputs.

        """;

    /// <param name="command">Name of a command; anything else is the program itself.</param>
    public static string Of(string command) => command switch
    {
        "inspect" =>
            $"""
            The model is compiled, so that what is reported is what a build would say. Where operators are not
            supported, all of them are listed, and the exit code is 1; the report is written all the same.

            Examples:
              modelbuild inspect lenet.onnx
              modelbuild inspect bert.onnx --dimension sequence=128
              modelbuild inspect lenet.onnx --json | jq .operators

            {Always}
            """,
        "run" =>
            $"""
            {Modes}
            {Inputs}
            Outputs are the arrays that the generated class would give. Characters of their names that file
            names cannot have become '_'; names that clash then get numbers.

            Examples:
              modelbuild run lenet.onnx --input images.npy --output out
              modelbuild run bert.onnx --mode fp16 --dimension sequence=128 --input ids=ids.npy --input mask=mask.npy --output out
              modelbuild run lenet.onnx --mode int8 --calibration "samples/**/*.npz" --input images.npy --output out --json

            {Always}
            """,
        "compile" =>
            $"""
            {Modes}
            Writes what a build writes, named after the class: X.plan (the compiled model as text), X.weights
            (its constants), X.MODE.onnx (the model as it is computed, for any ONNX runtime) and X.g.cs (the
            class). To use the class without the package, reference ModelBuild.Runtime and embed the weights
            under their name (with --backend onnxruntime that is the model itself, and the class needs the
            package Microsoft.ML.OnnxRuntime beside):

              <EmbeddedResource Include="X.weights" LogicalName="X.weights" WithCulture="false" />

            With --weights file the class reads X.weights from the folder of its assembly.

            Examples:
              modelbuild compile lenet.onnx --output generated
              modelbuild compile lenet.onnx --mode int8 --calibration "samples/*.npz" --namespace Shop --class Clothes --output generated
              modelbuild compile ranker.onnx --backend onnxruntime --mode fp32 --output generated

            {Always}
            """,
        "quantize" =>
            $"""
            {Modes}
            Writes the ONNX file that a build writes beside its plan: what the generated class computes, for any
            ONNX runtime. In int8 and auto it has QuantizeLinear and DequantizeLinear nodes around operators;
            with --format qoperator, operators on codes in their place (QLinearConv, QLinearMatMul, ConvInteger,
            and QLinearAdd, QGemm and others of com.microsoft), where there are some. Every setting of an item
            that is not about the class is an option here, and means the same.

            Examples:
              modelbuild quantize lenet.onnx --mode int8 --calibration "samples/*.npz" --output lenet.int8.onnx
              modelbuild quantize lenet.onnx --mode int8 -c pictures --preprocessing "scale=1/255" --format qoperator -o q.onnx
              modelbuild quantize bert.onnx --mode int8-dynamic --output bert.int8.onnx --json

            {Always}
            """,
        "prune" =>
            $"""
            Patterns (outputs x inputs; the inputs of a convolution are the channels of one tap):
              unstructured  each weight by itself
              1x2 1x4 2x4   blocks of neighbours
              2:4           two of every four inputs, at most
              channels      whole channels, which are removed with all that depends on them

            Criteria:
              magnitude     the smallest weights become zero, the others stay
              second-order  the weights become zero that the others can make up for on the samples of --calibration,
                            and these do; no labels are needed

            With --scope layer every layer gets the sparsity. With global, layers get more the less the outputs lose by it:
            each is tried alone at several sparsities on the samples, which --sensitivity shows. Without samples the smallest
            weights of all layers together become zero. The file is in float; 'modelbuild quantize --sparsity' prunes and
            quantizes at once, and zeros stay zeros.

            Examples:
              modelbuild prune lenet.onnx --sparsity 0.5 --output lenet.pruned.onnx
              modelbuild prune resnet.onnx --sparsity 50% --calibration "samples/*.npz" --sensitivity --output pruned.onnx
              modelbuild prune resnet.onnx --pattern 2:4 --criterion second-order -c "samples/*.npz" --exclude "/fc/*" -o pruned.onnx
              modelbuild prune resnet.onnx --sparsity 0.5 --pattern channels -c "samples/*.npz" -o small.onnx --json

            {Always}
            """,
        "factorize" =>
            $"""
            A matrix product, or a 1x1 convolution, becomes two smaller ones, a k x k convolution three: 1x1, k x k on fewer
            channels, 1x1. With --low-rank 0.5 a half of the multiply-accumulates goes, where the outputs lose least on the
            samples; with 30dB as many as leave the outputs that ratio of signal to noise. With --calibration the factors
            minimize the error of what each layer gives; without, that of its weights. The file is in float; 'modelbuild
            quantize --low-rank' does the same and quantizes at once.

            Examples:
              modelbuild factorize resnet.onnx --low-rank 0.5 --calibration "samples/*.npz" --output small.onnx
              modelbuild factorize resnet.onnx --low-rank 30dB -c "samples/*.npz" --exclude "/fc/*" --sensitivity -o small.onnx
              modelbuild factorize mlp.onnx --low-rank 25% --output small.onnx --json

            {Always}
            """,
        "cluster" =>
            $"""
            Each layer gets the values for which the error of its weights is least (k-means), weighted by what they are
            multiplied with on the samples of --calibration. Zeros stay zeros, and are one of the values. The file is in float
            and as large as before: what makes it small is a compressor, or a format that stores numbers of values.

            Examples:
              modelbuild cluster lenet.onnx --clusters 16 --calibration "samples/*.npz" --output lenet.16.onnx
              modelbuild cluster bert.onnx --clusters 256 --output bert.256.onnx --json

            {Always}
            """,
        "compare" =>
            $"""
            {Modes}
            A and B are ONNX files. FILE@MODE compiles a file in a mode, with --calibration where that needs
            samples; without a mode a file is computed as it is: quantized ones in integers, others in fp32.

            Samples:
              --input samples/*.npz        files, wildcards and folders, as --calibration takes them
              --input NAME=FILE.npy        an array of samples for each input

            For each output of the same name (or the same place, where no names agree), over all samples:
              SQNR      10 log10(sum of A squared / sum of (A - B) squared), in dB; 200 where both are equal
              cosine    of the angle between both
              largest   difference of two elements
              top-1     how often the largest element of a row is in the same place

            --layers shows tensors inside that have the same name and shape in both, the worst first. With
            --min-sqnr, the exit code is 1 where an output is below.

            Examples:
              modelbuild compare lenet.onnx lenet.int8.onnx --input "samples/*.npz"
              modelbuild compare lenet.onnx lenet.onnx@int8 --calibration "samples/*.npz" --input "test/*.npz" --layers
              modelbuild compare bert.onnx bert.onnx@int8-dynamic --input ids=ids.npy mask=mask.npy --min-sqnr 30 --json

            {Always}
            """,
        "bench" =>
            $"""
            {Modes}
            The generated class is compiled as in a release build and called from --callers threads at once, with
            inputs and outputs in memory of the caller. Inputs are random numbers, the same ones each time, of
            the declared shapes; open dimensions are 1, unless --dimension binds them or --input gives arrays.
            The median and the 99th percentile are over all calls of all threads, after the warm-up; what a call
            allocates is the median too. A model that takes long is warmed up for longer, until it was called
            100 times: before, the JIT compiler has not made its best code. Ten times --warmup is the most.

            Examples:
              modelbuild bench lenet.onnx --mode fp32
              modelbuild bench lenet.onnx --mode int8 --calibration "samples/*.npz" --threads 4
              modelbuild bench resnet.onnx --dimension batch=16 --seconds 10 --json

            {Inputs}
            {Always}
            """,
        "report" =>
            $"""
            {Modes}
            Writes a page for a browser, which loads nothing, and a JSON file of the same facts beside it: size and
            quality before and after, a table of the steps of a call, histograms of weights with the range of their
            codes, the graph. Where calibration chooses scales, each tensor is tried alone too, which takes time.
            --latency generates the class in fp32 and in the mode, compiles both as in a release build and calls
            them on one thread as bench does.

            Examples:
              modelbuild report lenet.onnx --mode fp16 --output lenet.html
              modelbuild report lenet.onnx --mode int8 --calibration "samples/*.npz" --output lenet.html --latency

            {Always}
            """,
        _ =>
            $"""
            Examples:
              modelbuild inspect lenet.onnx
              modelbuild run lenet.onnx --mode fp16 --input images.npy --output out
              modelbuild compile lenet.onnx --mode int8 --calibration "samples/*.npz" --output generated
              modelbuild quantize lenet.onnx --mode int8 --calibration "samples/*.npz" --output lenet.int8.onnx
              modelbuild prune lenet.onnx --sparsity 0.5 --calibration "samples/*.npz" --output lenet.pruned.onnx
              modelbuild compare lenet.onnx lenet.int8.onnx --input "samples/*.npz"
              modelbuild bench lenet.onnx --threads 4
              modelbuild report lenet.onnx --mode int8 --calibration "samples/*.npz" --output lenet.html
              modelbuild run --help

            {Always}
            """,
    };
}
