#include "app/run.h"

int main(int argc, char** argv) { return saccade::run(argc, argv); }
